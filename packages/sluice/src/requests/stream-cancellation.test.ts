import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { bootstrap, StreamingRequestHandler, YieldAfterReturnError } from "../index.js";
import { bindBodies, Flow, Gates, quiet, rejection } from "../mediator/flow.fixture.js";
import { aborted, begin, done, Noted, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("leaving between two items (S7)", () => {
  const leave: Record<
    string,
    (log: string[], items: ReturnType<ReturnType<typeof recorded>["stream"]>) => Promise<unknown>
  > = {
    break: async (log, stream) => {
      for await (const _ of stream) break;
      log.push("left");
    },
    "a throw in the body": async (log, stream) => {
      const error = new Error("the consumer fails");
      const read = async () => {
        for await (const _ of stream) throw error;
      };
      expect(await rejection(read())).toBe(error);
      log.push("left");
    },
    "return()": async (log, stream) => {
      await stream.next();
      expect(await stream.return("value")).toEqual({ done: true, value: "value" });
      log.push("left");
    },
    disposal: async (log, stream) => {
      {
        await using disposed = stream;
        await disposed.next();
      }
      log.push("left");
    },
  };

  for (const [how, act] of Object.entries(leave)) {
    for (const readAhead of [0, 1]) {
      it(`${how}: the signal aborts, finally runs, the scope closes, then it settles, readAhead ${readAhead} (S7)`, async () => {
        const { log, stream, mediator } = recorded();
        await act(
          log,
          stream(
            async function* (context) {
              await begin(context, log);
              try {
                yield 1;
                yield 2;
                log.push("resumed");
                yield 3;
              } finally {
                await quiet();
                log.push("finally");
              }
            },
            { readAhead },
          ),
        );
        expect(log).toEqual(["enter", "abort", "finally", "commit", "left"]);
        await mediator.close();
      });
    }
  }

  it("has closed the unit of work only after the handler's finally used it, when return() settles", async () => {
    const { stream } = recorded();
    const states: string[] = [];
    const left = stream(async function* ({ resolve }) {
      const unit = await resolve(UnitOfWork);
      try {
        yield unit;
      } finally {
        await quiet();
        states.push(`in finally: ${unit.state}`);
      }
    });
    const { value: unit } = (await left.next()) as { value: UnitOfWork };
    await left.return();
    states.push(`after return(): ${unit.state}`);
    expect(states).toEqual(["in finally: open", "after return(): committed"]);
  });

  it("drops what is emitted in finally, for nothing new is started (S7)", async () => {
    const { stream, log, mediator } = recorded();
    const left = stream(async function* ({ emit }) {
      try {
        yield 1;
      } finally {
        emit(new Noted("in finally"));
      }
    });
    await left.next();
    await left.return();
    expect(log).toEqual([]);
    expect(await left.next()).toEqual(done);
    await mediator.close();
  });

  it("settles every further return() and disposal, and answers next() with done (S7)", async () => {
    const { stream, log } = recorded();
    const left = stream(async function* (context) {
      await begin(context, log);
      try {
        yield 1;
      } finally {
        log.push("finally");
      }
    });
    await left.next();
    await Promise.all([left.return(), left.return(), left[Symbol.asyncDispose]()]);
    await left.return();
    expect(await left.next()).toEqual(done);
    const error = new Error("late");
    expect(await rejection(left.throw(error))).toBe(error);
    expect(log).toEqual(["enter", "abort", "finally", "commit"]);
  });

  it("does not abort the signal of a handler that came to its own end, when the stream is disposed then (S7)", async () => {
    for (const fails of [false, true]) {
      for (const readAhead of [0, 1]) {
        const { stream } = recorded();
        let signal: AbortSignal | undefined;
        {
          await using whole = stream(
            async function* (context) {
              signal = context.signal;
              yield 1;
              if (fails) throw new Error("broken");
            },
            { readAhead },
          );
          await whole.next();
          await whole.next().catch(() => {});
        }
        expect(signal?.aborted).toBe(false);
      }
    }
  });

  it("aborts with an AbortError as the reason (S7)", async () => {
    const { stream } = recorded();
    let signal: AbortSignal | undefined;
    const left = stream(async function* (context) {
      signal = context.signal;
      yield 1;
    });
    await left.next();
    await left.return();
    expect(signal?.reason).toMatchObject({ name: "AbortError" });
  });

  it("aborts for a handler that asks for its signal only in finally (S7)", async () => {
    const { stream, log } = recorded();
    const left = stream(async function* (context) {
      try {
        yield 1;
      } finally {
        log.push(`aborted: ${context.signal.aborted}`);
      }
    });
    await left.next();
    await left.return();
    expect(log).toEqual(["aborted: true"]);
  });

  it("ends an iterator without return(): its scope closes (S7, S12)", async () => {
    const { stream, log } = recorded();
    const left = stream((context) => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          await begin(context, log);
          return { done: false, value: 1 };
        },
      }),
    }));
    await left.next();
    await left.return();
    expect(log).toEqual(["enter", "abort", "commit"]);
  });

  it("an abandoned stream does not poison the next dispatch", async () => {
    const { stream, container } = recorded();
    await stream(async function* ({ resolve }) {
      await resolve(UnitOfWork);
      yield 1;
    }).next();
    const whole = stream(async function* ({ resolve }) {
      await resolve(UnitOfWork);
      yield 1;
    });
    await whole.next();
    await whole.next();
    expect(container.states).toEqual(["open", "committed"]);
  });
});

describe("leaving while the handler is at work (S7)", () => {
  for (const readAhead of [0, 1]) {
    it(`answers the pending next() with done, and waits for a handler that honours the signal, readAhead ${readAhead} (S7)`, async () => {
      const { stream, log, mediator } = recorded();
      const left = stream(
        async function* (context) {
          await begin(context, log);
          try {
            yield 1;
            await aborted(context.signal);
          } finally {
            await quiet();
            log.push("finally");
          }
        },
        { readAhead },
      );
      await left.next();
      const next = left.next();
      await quiet();
      expect(await left.return()).toEqual(done);
      expect(await next).toEqual(done);
      log.push("left");
      // It threw on its way out, so its work is not whole.
      expect(log).toEqual(["enter", "abort", "finally", "rollback", "left"]);
      await mediator.close();
    });

    it(`waits for a handler that ignores the signal, and drops its item and its events, readAhead ${readAhead} (S7)`, async () => {
      const { stream, log, gates, mediator } = recorded();
      const left = stream(
        async function* (context) {
          await begin(context, log);
          try {
            yield 1;
            await gates.pass("work");
            context.emit(new Noted("of the dropped item"));
            yield 2;
            log.push("resumed");
          } finally {
            log.push("finally");
          }
        },
        { readAhead },
      );
      await left.next();
      const next = left.next();
      await quiet();
      const leaving = left.return();
      expect(await stateOf(leaving)).toBe("pending");
      expect(log).toEqual(["enter", "abort"]);
      await gates.open("work");
      await leaving;
      expect(await next).toEqual(done);
      expect(log).toEqual(["enter", "abort", "finally", "commit"]);
      await mediator.close();
    });
  }

  it("answers the pending next() before the handler is done, once the stream has had events (S7)", async () => {
    const { stream, gates } = recorded();
    const left = stream(async function* ({ emit }) {
      emit(new Noted("a"));
      yield 1;
      await gates.pass("work");
    });
    const first = left.next();
    await quiet();
    await gates.open("a");
    await first;
    const next = left.next();
    await quiet();
    const leaving = left.return();
    expect(await next).toEqual(done);
    expect(await stateOf(leaving)).toBe("pending");
    await gates.open("work");
    await leaving;
  });

  it("waits for the next() of an iterator that has no return(), before the scope closes (S7, S12)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, log, gates, mediator } = recorded();
      const left = stream(
        (context) => ({
          [Symbol.asyncIterator]: () => ({
            next: async () => {
              await begin(context, log);
              await gates.pass("work");
              log.push("work done");
              return { done: false, value: 1 };
            },
          }),
        }),
        { readAhead },
      );
      const next = left.next();
      await quiet();
      const leaving = left.return();
      await quiet();
      expect(log).toEqual(["enter", "abort"]);
      await gates.open("work");
      await leaving;
      expect(await next).toEqual(done);
      expect(log).toEqual(["enter", "abort", "work done", "commit"]);
      await mediator.close();
    }
  });

  it("leaves while the handler is still being resolved: it is resolved, never begun, and its scope closes (S7)", async () => {
    const log: string[] = [];
    const gates = new Gates();
    class Items extends StreamingRequestHandler<Flow<number>> {
      async *handle() {
        log.push("handled");
        yield 1;
      }
    }
    const container = new RecordingContainer({
      log,
      make: async (token) => {
        await gates.pass("resolve");
        log.push("resolved");
        return new (token as new () => never)();
      },
    });
    const mediator = bootstrap({ container, commandsMapper: (map) => map.bind(Flow, Items) });
    const left = mediator.stream(new Flow<number>(async function* () {}));
    const next = left.next();
    const leaving = left.return();
    expect(await next).toEqual(done);
    expect(await stateOf(leaving)).toBe("pending");
    await gates.open("resolve");
    await leaving;
    expect(log).toEqual(["enter", "resolved", "commit"]);
    await mediator.close();
  });

  it("settles when the container then fails to resolve (S7)", async () => {
    const resolving = Promise.withResolvers<never>();
    class Items extends StreamingRequestHandler<Flow<number>> {
      async *handle() {
        yield 1;
      }
    }
    const container = new RecordingContainer({ make: () => resolving.promise });
    const mediator = bootstrap({ container, commandsMapper: (map) => map.bind(Flow, Items) });
    const left = mediator.stream(new Flow<number>(async function* () {}));
    const next = left.next();
    const leaving = left.return();
    resolving.reject(new Error("not registered"));
    expect(await next).toEqual(done);
    expect(await rejection(leaving)).toMatchObject({ code: "SLUICE_HANDLER_CONSTRUCTION" });
    expect(container.states).toEqual(["rolled back"]);
    await mediator.close();
  });
});

describe("leaving while events are handled (S7)", () => {
  for (const readAhead of [0, 1]) {
    it(`awaits the events that run, drops those that have not started, and orphans none, readAhead ${readAhead} (S7)`, async () => {
      const { stream, log, gates, mediator } = recorded({ maxConcurrentEventHandlers: 2 });
      const left = stream(
        async function* (context) {
          await begin(context, log);
          try {
            for (const name of ["a", "b", "c"]) context.emit(new Noted(name));
            yield 1;
            yield 2;
            yield 3;
          } finally {
            log.push("finally");
          }
        },
        { readAhead },
      );
      const next = left.next();
      await quiet();
      expect(log).toEqual(["enter", "event a", "event b"]);
      const leaving = left.return();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("b");
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("a");
      await leaving;
      expect(await next).toEqual(done);
      expect(log).toEqual([
        "enter",
        "event a",
        "event b",
        "abort",
        "finally",
        "event b done",
        "event a done",
        "commit",
      ]);
      await mediator.close();
    });
  }

  it("starts no follow-up of an event that was running when the consumer left (S7)", async () => {
    const gates = new Gates();
    const log: string[] = [];
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Noted, async ({ name }, { emit }) => {
          log.push(name);
          await gates.pass(name);
          emit(new Noted(`follow-up of ${name}`));
        }),
    });
    const left = mediator.stream(
      new Flow(async function* ({ emit }) {
        emit(new Noted("a"));
        yield 1;
      }),
    );
    left.next();
    await quiet();
    const leaving = left.return();
    await gates.open("a");
    await leaving;
    expect(log).toEqual(["a"]);
    await mediator.close();
  });

  it("tells what event handlers threw after the consumer left: return() rejects with it (S7, E6)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, gates, mediator } = recorded();
      const left = stream(
        async function* ({ emit }) {
          emit(new Noted("a"));
          yield 1;
        },
        { readAhead },
      );
      left.next();
      await quiet();
      const leaving = left.return();
      leaving.catch(() => {});
      await gates.fail("a", new TypeError("refused"));
      expect(await rejection(leaving)).toMatchObject({
        code: "SLUICE_EVENT_HANDLING",
        errors: [{ message: "refused" }],
      });
      await mediator.close();
    }
  });

  it("awaits the last events that run, and drops the others (S7, S4)", async () => {
    const { stream, log, gates, mediator } = recorded({ maxConcurrentEventHandlers: 1 });
    const left = stream(async function* ({ emit }) {
      yield 1;
      emit(new Noted("a"));
      emit(new Noted("b"));
    });
    await left.next();
    const end = left.next();
    await quiet();
    const leaving = left.return();
    expect(await stateOf(leaving)).toBe("pending");
    await gates.open("a");
    await leaving;
    expect(await end).toEqual(done);
    expect(log).toEqual(["event a", "event a done"]);
    await mediator.close();
  });

  it("answers the pending next() with done at once during the last events, and return() tells of their failures (S7, E6)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, gates, logger, mediator } = recorded();
      const outside = new WatchedSignal();
      const left = stream(
        async function* ({ emit }) {
          yield 1;
          emit(new Noted("a"));
        },
        { readAhead, signal: outside.signal },
      );
      await left.next();
      const end = left.next();
      await quiet();
      const leaving = left.return();
      leaving.catch(() => {});
      expect(await stateOf(end)).toBe("fulfilled");
      expect(await end).toEqual(done);
      outside.abort();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.fail("a", new TypeError("refused"));
      expect(await rejection(leaving)).toMatchObject({ errors: [{ message: "refused" }] });
      expect(await left.next()).toEqual(done);
      expect(logger.lines).toEqual([]);
      expect(outside.listeners).toBe(0);
      await mediator.close();
    }
  });

  it("starts none of the last events when the consumer leaves while the scope is closing (S7)", async () => {
    const closing = Promise.withResolvers<void>();
    const handled: string[] = [];
    const container = new RecordingContainer({ onClose: () => closing.promise });
    const mediator = bootstrap({
      container,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
    });
    const left = mediator.stream(
      new Flow(async function* ({ emit, resolve }) {
        await resolve(UnitOfWork);
        yield 1;
        emit(new Noted("last"));
      }),
    );
    await left.next();
    left.next();
    await quiet();
    const leaving = left.return();
    closing.resolve();
    await leaving;
    expect(handled).toEqual([]);
    expect(container.states).toEqual(["committed"]);
    await mediator.close();
  });
});

describe("a handler that fails while it is stopped (S7)", () => {
  it("tells what finally threw: return() rejects with it, once, and the scope rolls back (S7)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, container, mediator } = recorded();
      const error = new Error("cannot clean up");
      const left = stream(
        async function* ({ resolve }) {
          await resolve(UnitOfWork);
          try {
            yield* [1, 2, 3];
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested.
            throw error;
          }
        },
        { readAhead },
      );
      await left.next();
      const [first, second] = await Promise.allSettled([left.return(), left.return()]);
      expect(first).toEqual({ status: "rejected", reason: error });
      expect(second).toEqual({ status: "fulfilled", value: done });
      expect(container.units).toMatchObject([{ state: "rolled back", error }]);
      expect(await left.return()).toEqual(done);
      expect(await left.next()).toEqual(done);
      await mediator.close();
    }
  });

  it("is told once to a consumer that breaks out of a stream it also disposes (S7)", async () => {
    const { stream } = recorded();
    const error = new Error("cannot clean up");
    const read = async () => {
      await using left = stream(async function* () {
        try {
          yield 1;
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested.
          throw error;
        }
      });
      for await (const _ of left) break;
    };
    expect(await rejection(read())).toBe(error);
  });

  it("takes the reason of its own abort for no failure: the handler that throws it has obeyed (S7)", async () => {
    const { stream, container } = recorded();
    const left = stream(async function* ({ signal, resolve }) {
      await resolve(UnitOfWork);
      yield 1;
      await aborted(signal);
    });
    await left.next();
    left.next();
    await quiet();
    expect(await left.return()).toEqual(done);
    expect(container.states).toEqual(["rolled back"]);
  });

  it("tells what a handler threw that was at work when it was told to stop (S7)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, gates, container, mediator } = recorded();
      const left = stream(
        async function* ({ resolve }) {
          await resolve(UnitOfWork);
          yield 1;
          await gates.pass("work");
        },
        { readAhead },
      );
      await left.next();
      const next = left.next();
      await quiet();
      const leaving = left.return();
      leaving.catch(() => {});
      const error = new Error("the work failed");
      await gates.fail("work", error);
      expect(await rejection(leaving)).toBe(error);
      expect(await next).toEqual(done);
      expect(container.units).toMatchObject([{ state: "rolled back", error }]);
      await mediator.close();
    }
  });

  it("ends a handler that yields in finally, and says so (S7)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, log, mediator } = recorded();
      const left = stream(
        async function* (context) {
          await begin(context, log);
          try {
            yield* [1, 2, 3];
          } finally {
            context.emit(new Noted("unwanted"));
            yield 4;
          }
        },
        { readAhead },
      );
      await left.next();
      const error = await rejection(left.return());
      expect(error).toBeInstanceOf(YieldAfterReturnError);
      expect(error.message).toMatch(/yielded after/);
      expect(await left.next()).toEqual(done);
      expect(log).toEqual(["enter", "abort", "rollback"]);
      await mediator.close();
    }
  });

  it("tells when the scope cannot commit (S7)", async () => {
    const refused = new Error("commit refused");
    const container = new RecordingContainer({
      onClose: () => {
        throw refused;
      },
    });
    const mediator = bootstrap({ container, commandsMapper: bindBodies });
    const left = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield 1;
      }),
    );
    await left.next();
    expect(await rejection(left.return())).toBe(refused);
    await mediator.close();
  });
});
