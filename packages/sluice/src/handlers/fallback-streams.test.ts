import { describe, expect, it, vi } from "vitest";
import {
  bootstrap,
  fallback,
  type HandlerContext,
  StreamingRequestHandler,
  type StreamResume,
} from "../index.js";
import { collect, quiet, rejection } from "../mediator/flow.fixture.js";
import { CountingBreaker } from "./counting-breaker.fixture.js";
import { fakeTimers } from "./fake-timers.fixture.js";
import {
  type Body,
  broken,
  Count,
  done,
  failsAfter,
  goesOn,
  Noted,
  streaming,
} from "./fallback-streams.fixture.js";
import { WatchedSignal } from "./recording.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("a fallback in mid-stream (R6)", () => {
  it("goes on where the primary stopped: no item is delivered twice by surprise (R6)", async () => {
    for (const count of [0, 1, 3, 4]) {
      expect(await collect(streaming(failsAfter(count), goesOn).stream())).toEqual([1, 2, 3, 4]);
    }
  });

  it("tells the fallback how many items were delivered, and the last of them (R6)", async () => {
    const seen: unknown[] = [];
    const tells: Body = async function* (_, { resume }) {
      yield seen.push(resume);
    };
    for (const items of [[], [7], [7, 8], [undefined], [null]] as number[][]) {
      const primary: Body = async function* () {
        yield* items;
        throw broken;
      };
      await collect(streaming(primary, tells).stream());
    }
    expect(seen).toEqual([
      { delivered: 0, lastItem: undefined },
      { delivered: 1, lastItem: 7 },
      { delivered: 2, lastItem: 8 },
      { delivered: 1, lastItem: undefined },
      { delivered: 1, lastItem: null },
    ]);
  });

  it("has no resume in the primary, nor where there is no fallback (R6)", async () => {
    const seen: (StreamResume | undefined)[] = [];
    const sees: Body = async function* (_, { resume }) {
      seen.push(resume);
      yield 1;
    };
    await collect(streaming(sees, goesOn).stream());
    const mediator = bootstrap({ commandsMapper: (map) => map.bind(Count, sees) });
    await collect(mediator.stream(new Count()));
    expect(seen).toEqual([undefined, undefined]);
  });

  it("counts over all that came before in nested fallbacks (R6)", async () => {
    for (const handler of [
      fallback(
        fallback(failsAfter(1), async function* (_: Count, { resume }: HandlerContext) {
          yield (resume?.delivered ?? 0) + 1;
          throw broken;
        }),
        goesOn,
      ),
      fallback(
        failsAfter(1),
        fallback(async function* (_: Count, { resume }: HandlerContext) {
          yield (resume?.delivered ?? 0) + 1;
          throw broken;
        }, goesOn),
      ),
    ]) {
      const mediator = bootstrap({ commandsMapper: (map) => map.bind(Count, handler) });
      expect(await collect(mediator.stream(new Count()))).toEqual([1, 2, 3, 4]);
    }
  });
});

describe("when a streaming fallback runs (R5)", () => {
  it("is not touched when the primary comes to its end (R5)", async () => {
    const secondary = vi.fn(goesOn);
    const { stream, container } = streaming(async function* () {
      yield 1;
    }, secondary);
    expect(await collect(stream())).toEqual([1]);
    expect(secondary).not.toHaveBeenCalled();
    expect(container.units).toEqual([]);
  });

  it("runs only on a failure that matches (R5)", async () => {
    const options = { failureExceptions: [RangeError] };
    expect(await collect(streaming(failsAfter(2, new RangeError()), goesOn, options).stream())).toEqual([
      1, 2, 3, 4,
    ]);
    const { stream } = streaming(failsAfter(2), goesOn, options);
    const failing = stream();
    await failing.next();
    await failing.next();
    expect(await rejection(failing.next())).toBe(broken);
    expect(await failing.next()).toEqual(done);
  });

  it("runs when the primary cannot be made, throws before it iterates, or gives no iterable (R5)", async () => {
    class Fails extends StreamingRequestHandler<Count> {
      constructor() {
        super();
        throw broken;
      }
      async *handle() {
        yield 0;
      }
    }
    const throws = (): AsyncIterable<number> => {
      throw broken;
    };
    for (const primary of [Fails, throws, () => 5 as never]) {
      const mediator = bootstrap({ commandsMapper: (map) => map.bind(Count, fallback(primary, goesOn)) });
      expect(await collect(mediator.stream(new Count()))).toEqual([1, 2, 3, 4]);
    }
  });

  it("never runs on an AbortError (R5)", async () => {
    const error = new DOMException("stop", "AbortError");
    const { stream } = streaming(failsAfter(0, error), goesOn);
    expect(await rejection(stream().next())).toBe(error);
  });

  it("does not run when the consumer leaves, or the signal aborts with any reason (R5, S7, S8)", async () => {
    for (const leave of ["return", "abort"] as const) {
      const secondary = vi.fn(goesOn);
      const breaker = new CountingBreaker();
      const { mediator, logger } = streaming(
        async function* (_, { signal }) {
          yield 1;
          await new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(leave === "abort" ? signal.reason : broken));
          });
        },
        secondary,
        { circuitBreaker: breaker },
      );
      const outside = new WatchedSignal();
      const stream = mediator.stream(new Count(), { signal: outside.signal });
      await stream.next();
      const next = stream.next();
      next.catch(() => {});
      await quiet();
      if (leave === "abort") {
        const reason = new Error("The caller left.");
        outside.abort(reason);
        expect(await rejection(next)).toBe(reason);
        await stream.return();
        expect(logger.lines).toEqual([]);
      } else {
        // What the primary threw when it was told to stop is told, but it is no reason to begin again.
        expect(await rejection(stream.return())).toBe(broken);
        expect(await next).toEqual(done);
      }
      expect(secondary).not.toHaveBeenCalled();
      expect(breaker.outcomes).toEqual(["success"]);
      expect(outside.listeners).toBe(0);
      await mediator.close();
    }
  });

  it("does not run when the events of an item fail: that is no failure of the primary (R5, E6)", async () => {
    const secondary = vi.fn(goesOn);
    const log: string[] = [];
    const { stream } = streaming(
      async function* (_, { emit }) {
        try {
          emit(new Noted("a"));
          yield 1;
        } finally {
          log.push("finally");
        }
      },
      secondary,
      {},
      {
        domainEventsMapper: (map) =>
          map.bind(Noted, () => {
            throw broken;
          }),
      },
    );
    expect(await rejection(stream().next())).toMatchObject({ code: "SLUICE_EVENT_HANDLING", response: 1 });
    expect(secondary).not.toHaveBeenCalled();
    expect(log).toEqual(["finally"]);
  });

  it("fails with the error of the fallback when that fails too (R5)", async () => {
    const error = new Error("both broken");
    const failing = streaming(failsAfter(1), failsAfter(0, error)).stream();
    expect(await failing.next()).toMatchObject({ value: 1 });
    expect(await rejection(failing.next())).toBe(error);
    expect(await failing.next()).toEqual(done);
  });
});

describe("throw() into a stream with a fallback (S7)", () => {
  it("reaches the primary at its yield, and falls back when it is not caught there (S7, R5)", async () => {
    const caught: unknown[] = [];
    const { stream } = streaming(async function* () {
      try {
        yield 1;
      } catch (error) {
        caught.push(error);
        throw error;
      }
    }, goesOn);
    const told = stream();
    await told.next();
    expect(await told.throw("take this")).toEqual({ done: false, value: 2 });
    expect(caught).toEqual(["take this"]);
    await told.return();
  });
});
