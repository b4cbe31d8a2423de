import { describe, expect, it, vi } from "vitest";
import type { CircuitBreaker } from "../index.js";
import { collect, Gates, quiet } from "../mediator/flow.fixture.js";
import { CountingBreaker } from "./counting-breaker.fixture.js";
import { fakeTimers } from "./fake-timers.fixture.js";
import { done, failsAfter, goesOn, streaming } from "./fallback-streams.fixture.js";
import { stateOf } from "./recording.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("a breaker that guards a stream (R5)", () => {
  it("counts a stream that fails, in its middle too, as a failure (R5)", async () => {
    for (const count of [0, 2]) {
      const breaker = new CountingBreaker();
      await collect(streaming(failsAfter(count), goesOn, { circuitBreaker: breaker }).stream());
      expect(breaker.outcomes).toEqual(["failure"]);
    }
  });

  it("counts a stream that comes to its end as one success, at its end (R5)", async () => {
    const breaker = new CountingBreaker();
    const { stream } = streaming(
      async function* () {
        yield* [1, 2];
      },
      goesOn,
      { circuitBreaker: breaker },
    );
    const guarded = stream();
    await guarded.next();
    expect(breaker.outcomes).toEqual([]);
    await collect(guarded);
    expect(breaker.outcomes).toEqual(["success"]);
  });

  it("counts a consumer that leaves as no failure (R5)", async () => {
    const breaker = new CountingBreaker();
    const { stream } = streaming(failsAfter(2), goesOn, { circuitBreaker: breaker });
    for await (const _ of stream()) break;
    await quiet();
    expect(breaker.outcomes).toEqual(["success"]);
  });

  it("streams from the fallback at once while it is open, and never makes the primary (R5)", async () => {
    const breaker = new CountingBreaker();
    breaker.isOpen = true;
    const primary = vi.fn(failsAfter(1));
    const { stream, container } = streaming(primary, goesOn, {
      circuitBreaker: breaker,
      failureExceptions: [RangeError],
    });
    expect(await collect(stream())).toEqual([1, 2, 3, 4]);
    expect(primary).not.toHaveBeenCalled();
    expect(breaker.outcomes).toEqual(["refused"]);
    expect(container.units).toEqual([]);
  });

  it("is not asked by a stream that never starts (R5, S9)", async () => {
    const breaker = new CountingBreaker();
    const { stream } = streaming(failsAfter(1), goesOn, { circuitBreaker: breaker });
    await stream().return();
    expect(breaker.outcomes).toEqual([]);
  });

  it("holds up a stream while the breaker does, and lets it be left meanwhile (R5, S7)", async () => {
    const gates = new Gates();
    const slow: CircuitBreaker = {
      execute: async (operation) => {
        await gates.pass("breaker");
        return operation();
      },
      isOpenError: () => false,
    };
    const primary = vi.fn(failsAfter(1));
    const { stream, mediator } = streaming(primary, goesOn, { circuitBreaker: slow });
    const left = stream();
    const next = left.next();
    await quiet();
    const leaving = left.return();
    expect(await stateOf(leaving)).toBe("pending");
    await gates.open("breaker");
    await leaving;
    expect(await next).toEqual(done);
    await mediator.close();
  });
});
