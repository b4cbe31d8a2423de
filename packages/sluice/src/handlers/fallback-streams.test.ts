import { describe, expect, it, vi } from "vitest";
import {
  type BootstrapOptions,
  bootstrap,
  type CircuitBreaker,
  Command,
  DomainEvent,
  type FallbackOptions,
  fallback,
  type HandlerContext,
  StreamingRequestHandler,
  type StreamResume,
} from "../index.js";
import { collect, Gates, quiet, RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import { CountingBreaker } from "./counting-breaker.fixture.js";
import { fakeTimers } from "./fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "./recording.fixture.js";

class Count extends Command<number> {}

class Noted extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

const done = { done: true, value: undefined };
const broken = new Error("broken");

type Body = (command: Count, context: HandlerContext) => AsyncIterable<number>;

/** A mediator whose stream falls back from one body to another. */
function streaming(
  primary: Body,
  secondary: Body,
  options: FallbackOptions = {},
  more: Partial<BootstrapOptions> = {},
) {
  const log: string[] = [];
  const handled: string[] = [];
  const logger = new RecordingLogger();
  const container = new RecordingContainer({ log });
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: (map) => map.bind(Count, fallback(primary, secondary, options)),
    domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
    ...more,
  });
  return { log, handled, logger, container, mediator, stream: () => mediator.stream(new Count()) };
}

/** Goes on from where the primary came to, up to 4. */
const goesOn: Body = async function* (_, { resume }) {
  for (let n = (resume?.delivered ?? 0) + 1; n <= 4; n++) yield n;
};

const failsAfter = (count: number, error: unknown = broken): Body =>
  async function* () {
    for (let n = 1; n <= count; n++) yield n;
    throw error;
  };

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

describe("events of a streaming fallback (R5, S3)", () => {
  it("handles those of delivered items, discards those since the last yield of the primary, and handles the fallback's (R5, S3)", async () => {
    const { stream, handled } = streaming(
      async function* (_, { emit }) {
        emit(new Noted("item 1"));
        yield 1;
        emit(new Noted("discarded"));
        throw broken;
      },
      async function* (_, { emit }) {
        emit(new Noted("item 2"));
        yield 2;
        emit(new Noted("last"));
      },
    );
    const seen: [number, string[]][] = [];
    for await (const n of stream()) seen.push([n, handled.splice(0)]);
    expect(seen).toEqual([
      [1, ["item 1"]],
      [2, ["item 2"]],
    ]);
    expect(handled).toEqual(["last"]);
  });

  it("handles the last events of the primary when it comes to its end (S4)", async () => {
    const { stream, handled } = streaming(async function* (_, { emit }) {
      yield 1;
      emit(new Noted("last"));
    }, goesOn);
    await collect(stream());
    expect(handled).toEqual(["last"]);
  });
});

describe("scopes of a streaming fallback (R5, U1, U2)", () => {
  const inScope = (log: string[], name: string, body: Body): Body =>
    async function* (command, context) {
      await context.resolve(UnitOfWork);
      log.push(name);
      yield* body(command, context);
    };

  it("runs in a fresh scope after the primary's has closed with the error (R5, U1)", async () => {
    const log: string[] = [];
    const container = new RecordingContainer({ log });
    const { stream } = streaming(
      inScope(log, "primary", failsAfter(2)),
      inScope(log, "fallback", goesOn),
      {},
      { container },
    );
    expect(await collect(stream())).toEqual([1, 2, 3, 4]);
    expect(log).toEqual(["enter", "primary", "rollback", "enter", "fallback", "commit"]);
    expect(container.units[0]?.error).toBe(broken);
  });

  it("shares the unit of work under scope dispatch (U2)", async () => {
    const log: string[] = [];
    const { stream } = streaming(
      inScope(log, "primary", failsAfter(2)),
      inScope(log, "fallback", goesOn),
      {},
      { container: new RecordingContainer({ log }), scope: "dispatch" },
    );
    await collect(stream());
    expect(log).toEqual(["enter", "primary", "fallback", "commit"]);
  });

  it("closes the scope of whichever of the two the consumer leaves (S7, U1)", async () => {
    for (const [items, expected] of [
      [1, ["enter", "primary", "finally", "commit"]],
      [3, ["enter", "primary", "rollback", "enter", "fallback", "finally", "commit"]],
    ] as const) {
      const log: string[] = [];
      const withFinally = (body: Body): Body =>
        async function* (command, context) {
          let failed = false;
          try {
            yield* body(command, context);
          } catch (error) {
            failed = true;
            throw error;
          } finally {
            if (!failed) log.push("finally");
          }
        };
      const { stream, mediator } = streaming(
        inScope(log, "primary", withFinally(failsAfter(2))),
        inScope(log, "fallback", withFinally(goesOn)),
        {},
        { container: new RecordingContainer({ log }) },
      );
      const left = stream();
      for (let n = 1; n <= items; n++) await left.next();
      await left.return();
      expect(log).toEqual(expected);
      await mediator.close();
    }
  });

  it("rejects, and does not fall back, when a stream that came to its end cannot commit after its last item (U1)", async () => {
    const refused = new Error("commit refused");
    const container = new RecordingContainer({
      onClose: (error) => {
        if (error === undefined) throw refused;
      },
    });
    const { stream } = streaming(
      inScope([], "primary", async function* () {
        yield 1;
      }),
      async function* () {},
      { failureExceptions: [RangeError] },
      { container },
    );
    const failing = stream();
    await failing.next();
    expect(await rejection(failing.next())).toBe(refused);
    expect(await failing.next()).toEqual(done);
  });
});

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
