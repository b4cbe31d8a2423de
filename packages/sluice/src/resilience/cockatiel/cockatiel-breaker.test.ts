import {
  BrokenCircuitError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  handleType,
  wrap,
} from "cockatiel";
import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../../handlers/fake-timers.fixture.js";
import { fallback } from "../../handlers/fallback.js";
import { stateOf } from "../../handlers/recording.fixture.js";
import { bootstrap } from "../../mediator/bootstrap.js";
import { collect, finished, Gates, quiet, rejection } from "../../mediator/flow.fixture.js";
import { DomainEvent } from "../../messages/domain-event.js";
import { Query } from "../../messages/query.js";
import { BreakerOpenError } from "../breaker-open-error.js";
import { cockatielBreaker } from "./cockatiel-breaker.js";

class Ask extends Query<string> {}

class Happened extends DomainEvent {}

const down = new Error("down");

fakeTimers();

function setUp({ policy = handleAll, failures = 2, calls = 1 } = {}) {
  const breaker = circuitBreaker(policy, {
    halfOpenAfter: 1_000,
    breaker: new ConsecutiveBreaker(failures),
    halfOpenSampling: { calls, threshold: 0 },
  });
  return { breaker, guarded: cockatielBreaker(breaker) };
}

describe("cockatielBreaker", () => {
  it("answers as the operation answers, and gives its very error", async () => {
    const { guarded } = setUp();
    expect(await guarded.execute(async () => 7)).toBe(7);
    expect(await rejection(guarded.execute(() => Promise.reject(down)))).toBe(down);
    expect(guarded.isOpenError(down)).toBe(false);
  });

  it("tells its own refusals from those of a breaker inside the operation", async () => {
    const { breaker, guarded } = setUp();
    const inner = new BrokenCircuitError();
    expect(await rejection(guarded.execute(() => Promise.reject(inner)))).toBe(inner);
    expect(guarded.isOpenError(inner)).toBe(false);
    const handle = breaker.isolate();
    const operation = vi.fn();
    const refusal = await rejection(guarded.execute(operation));
    expect(refusal).toBeInstanceOf(BrokenCircuitError);
    expect(guarded.isOpenError(refusal)).toBe(true);
    expect(operation).not.toHaveBeenCalled();
    handle.dispose();
    for (const value of [undefined, null, "open", down]) expect(guarded.isOpenError(value)).toBe(false);
  });

  it("takes what a wrapped policy rejects without running the operation for open", async () => {
    const { breaker } = setUp();
    const guarded = cockatielBreaker(wrap(bulkhead(1), breaker));
    const running = Promise.withResolvers<string>();
    const first = guarded.execute(() => running.promise);
    const refusal = await rejection(guarded.execute(async () => "second"));
    expect(guarded.isOpenError(refusal)).toBe(true);
    running.resolve("first");
    expect(await first).toBe("first");
  });

  it("never keeps others waiting for a trial", async () => {
    const { breaker, guarded } = setUp({ failures: 1 });
    await guarded.execute(() => Promise.reject(down)).catch(() => {});
    vi.advanceTimersByTime(1_000);
    const trial = Promise.withResolvers<string>();
    const tried = guarded.execute(() => trial.promise);
    expect(breaker.state).toBe(CircuitState.HalfOpen);
    const operation = vi.fn(async () => "other");
    const refusal = await rejection<BreakerOpenError>(finished(guarded.execute(operation)));
    expect(refusal).toBeInstanceOf(BreakerOpenError);
    expect(refusal.code).toBe("SLUICE_BREAKER_OPEN");
    expect(guarded.isOpenError(refusal)).toBe(true);
    trial.resolve("works");
    expect(await tried).toBe("works");
    await quiet();
    expect(breaker.state).toBe(CircuitState.Closed);
    expect(operation).not.toHaveBeenCalled();
  });

  it("lets as many through on trial as halfOpenSampling says", async () => {
    const { breaker, guarded } = setUp({ failures: 1, calls: 2 });
    await guarded.execute(() => Promise.reject(down)).catch(() => {});
    vi.advanceTimersByTime(1_000);
    const gates = new Gates();
    const trials = [1, 2].map((n) => guarded.execute(() => gates.pass(`trial ${n}`)));
    expect(await rejection(guarded.execute(() => gates.pass("trial 3")))).toBeInstanceOf(BreakerOpenError);
    expect(gates.waiting).toEqual(["trial 1", "trial 2"]);
    await gates.openAll();
    await Promise.all(trials);
    expect(breaker.state).toBe(CircuitState.Closed);
  });

  it("refuses nobody twice: a refused operation is not counted, whatever becomes of the trial", async () => {
    const { breaker, guarded } = setUp({ failures: 1 });
    await guarded.execute(() => Promise.reject(down)).catch(() => {});
    vi.advanceTimersByTime(1_000);
    const trial = Promise.withResolvers<string>();
    const tried = rejection(guarded.execute(() => trial.promise));
    await rejection(guarded.execute(async () => "other"));
    trial.reject(down);
    expect(await tried).toBe(down);
    await quiet();
    expect(breaker.state).toBe(CircuitState.Open);
  });

  it("never runs what it has refused, when the policy asks again later", async () => {
    const trial = Promise.withResolvers<void>();
    const policy = {
      state: CircuitState.HalfOpen,
      execute: async <T>(operation: () => Promise<T>) => {
        await trial.promise;
        return operation();
      },
    };
    const operation = vi.fn(async () => "late");
    await rejection(cockatielBreaker(policy).execute(operation));
    trial.resolve();
    await quiet();
    expect(operation).not.toHaveBeenCalled();
  });
});

describe("a request behind a breaker", () => {
  function asking(options?: Parameters<typeof setUp>[0], failureExceptions?: [typeof TypeError]) {
    const { breaker, guarded } = setUp(options);
    const primary = vi.fn<() => Promise<string>>().mockRejectedValue(down);
    const mediator = bootstrap({
      queriesMapper: (map) =>
        map.bind(
          Ask,
          fallback(primary, async () => "fallback", {
            circuitBreaker: guarded,
            ...(failureExceptions && { failureExceptions }),
          }),
        ),
    });
    return { breaker, primary, ask: () => mediator.send(new Ask()) };
  }

  it("falls back without running the primary once it has failed often enough (R5)", async () => {
    const { breaker, primary, ask } = asking();
    for (let n = 0; n < 4; n++) expect(await ask()).toBe("fallback");
    expect(primary).toHaveBeenCalledTimes(2);
    expect(breaker.state).toBe(CircuitState.Open);
  });

  it("falls back while open, whatever failureExceptions say", async () => {
    const { primary, ask } = asking({}, [TypeError]);
    expect(await rejection(ask())).toBe(down);
    expect(await rejection(ask())).toBe(down);
    expect(await ask()).toBe("fallback");
    expect(primary).toHaveBeenCalledTimes(2);
  });

  it("closes again after a trial that goes well; others fall back meanwhile", async () => {
    const { breaker, primary, ask } = asking();
    await ask();
    await ask();
    vi.advanceTimersByTime(1_000);
    const trial = Promise.withResolvers<string>();
    primary.mockReturnValueOnce(trial.promise);
    const tried = ask();
    expect(await finished(ask())).toBe("fallback");
    trial.resolve("primary");
    expect(await tried).toBe("primary");
    expect(breaker.state).toBe(CircuitState.Closed);
    primary.mockResolvedValue("primary");
    expect(await ask()).toBe("primary");
  });

  it("opens again after a trial that fails", async () => {
    const { breaker, primary, ask } = asking();
    await ask();
    await ask();
    vi.advanceTimersByTime(1_000);
    expect(await ask()).toBe("fallback");
    expect(await ask()).toBe("fallback");
    expect(primary).toHaveBeenCalledTimes(3);
    expect(breaker.state).toBe(CircuitState.Open);
  });

  it("counts only the errors that the policy handles", async () => {
    const { breaker, primary, ask } = asking({ policy: handleType(TypeError) as typeof handleAll });
    for (let n = 0; n < 4; n++) await ask();
    expect(primary).toHaveBeenCalledTimes(4);
    expect(breaker.state).toBe(CircuitState.Closed);
  });

  it("counts an AbortError as no failure, and does not fall back on it", async () => {
    const { breaker, primary, ask } = asking();
    const stop = new DOMException("stop", "AbortError");
    primary.mockRejectedValue(stop);
    for (let n = 0; n < 4; n++) expect(await rejection(ask())).toBe(stop);
    expect(breaker.state).toBe(CircuitState.Closed);
  });
});

describe("a stream behind a breaker", () => {
  function streaming(primary: (signal: AbortSignal) => AsyncIterable<string>, failures = 2) {
    const { breaker, guarded } = setUp({ failures });
    let opened = 0;
    const mediator = bootstrap({
      queriesMapper: (map) =>
        map.bind(
          Ask,
          fallback(
            (_ask: Ask, { signal }: { signal: AbortSignal }) => {
              opened++;
              return primary(signal);
            },
            async function* () {
              yield "fallback";
            },
            { circuitBreaker: guarded },
          ),
        ),
    });
    const stream = (signal?: AbortSignal) => mediator.stream(new Ask(), { signal });
    return { breaker, stream, opened: () => opened };
  }

  it("counts a stream that fails as one failure, after however many items (R5)", async () => {
    const { breaker, stream, opened } = streaming(async function* () {
      yield "1";
      yield "2";
      throw down;
    });
    expect(await collect(stream())).toEqual(["1", "2", "fallback"]);
    expect(breaker.state).toBe(CircuitState.Closed);
    expect(await collect(stream())).toEqual(["1", "2", "fallback"]);
    expect(breaker.state).toBe(CircuitState.Open);
    expect(await collect(stream())).toEqual(["fallback"]);
    expect(opened()).toBe(2);
  });

  it("counts a stream that ends as a success", async () => {
    let fails = true;
    const { breaker, stream } = streaming(async function* () {
      yield "1";
      if (fails) throw down;
    });
    for (const failing of [true, false, true]) {
      fails = failing;
      await collect(stream());
    }
    expect(breaker.state).toBe(CircuitState.Closed);
  });

  it("counts a consumer who leaves, and an abort, as no failure (S7, S8)", async () => {
    const { breaker, stream } = streaming(async function* (signal) {
      yield "1";
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }, 1);
    for await (const _ of stream()) break;
    const caller = new AbortController();
    const aborted = stream(caller.signal);
    await aborted.next();
    const pending = rejection(aborted.next());
    await quiet();
    caller.abort();
    await pending;
    await finished(aborted.return(undefined));
    expect(breaker.state).toBe(CircuitState.Closed);
  });

  it("keeps the breaker half open while it is on trial, and others fall back at once (S13)", async () => {
    let fails = true;
    const { breaker, stream } = streaming(async function* () {
      if (fails) throw down;
      yield "1";
      yield "2";
    }, 1);
    await collect(stream());
    fails = false;
    vi.advanceTimersByTime(1_000);
    const trial = stream();
    expect(await trial.next()).toEqual({ done: false, value: "1" });
    expect(await finished(collect(stream()))).toEqual(["fallback"]);
    expect(breaker.state).toBe(CircuitState.HalfOpen);
    await collect(trial);
    expect(breaker.state).toBe(CircuitState.Closed);
    expect(await collect(stream())).toEqual(["1", "2"]);
  });
});

describe("an event handler behind a breaker", () => {
  it("falls back without running the primary once it has failed often enough (R5)", async () => {
    const { breaker, guarded } = setUp();
    const primary = vi.fn(() => Promise.reject(down));
    const secondary = vi.fn();
    await using mediator = bootstrap({
      domainEventsMapper: (map) =>
        map.bind(Happened, fallback(primary, secondary, { circuitBreaker: guarded })),
    });
    for (let n = 0; n < 4; n++) await mediator.publish(new Happened());
    expect(primary).toHaveBeenCalledTimes(2);
    expect(secondary).toHaveBeenCalledTimes(4);
    expect(breaker.state).toBe(CircuitState.Open);
    expect(await stateOf(mediator.close())).toBe("fulfilled");
  });
});
