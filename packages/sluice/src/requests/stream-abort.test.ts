import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import {
  type BootstrapOptions,
  bootstrap,
  CloseTimeoutError,
  fallback,
  type HandlerContext,
  StreamingRequestHandler,
} from "../index.js";
import { bindBodies, Flow, Gates, quiet, RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import { abortable, aborted, begin, done, Noted, reason } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("an outside signal that aborts a stream (S8)", () => {
  it("rejects the first next() of a stream that was aborted before it began, and never begins it (S8, S9)", async () => {
    const { stream, container, outside, isIdle } = abortable();
    const body = vi.fn(async function* () {
      yield 1;
    });
    const before = stream(body);
    outside.abort(reason);
    const after = stream(body);
    for (const never of [before, after]) {
      expect(await rejection(never.next())).toBe(reason);
      expect(await never.next()).toEqual(done);
      expect(await never.return()).toEqual(done);
    }
    expect(body).not.toHaveBeenCalled();
    expect(container.units).toEqual([]);
    await isIdle();
  });

  for (const readAhead of [0, 1]) {
    it(`rejects a pending next() at once even when the handler is stuck; return() awaits its clean-up, readAhead ${readAhead} (S8)`, async () => {
      const { stream, log, gates, outside, isIdle } = abortable();
      const cut = stream(async function* (context) {
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
      }, readAhead);
      await cut.next();
      const next = cut.next();
      await quiet();
      outside.abort(reason);
      expect(await rejection(next)).toBe(reason);
      log.push("rejected");
      const leaving = cut.return();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("work");
      expect(await leaving).toEqual(done);
      log.push("left");
      expect(log).toEqual(["enter", "abort", "rejected", "finally", "rollback", "left"]);
      await isIdle();
    });

    it(`is told once: to the pending next(), and done to those that wait behind it, readAhead ${readAhead} (S8, S10)`, async () => {
      const { stream, outside, isIdle } = abortable();
      const cut = stream(async function* ({ signal }) {
        yield 1;
        await aborted(signal);
      }, readAhead);
      await cut.next();
      const order: number[] = [];
      const calls = [1, 2, 3].map((n) => cut.next().finally(() => order.push(n)));
      await quiet();
      outside.abort(reason);
      const [first, ...others] = await Promise.allSettled(calls);
      expect(first).toEqual({ status: "rejected", reason });
      expect(others).toMatchObject([{ value: done }, { value: done }]);
      expect(order).toEqual([1, 2, 3]);
      expect(await cut.next()).toEqual(done);
      await cut.return();
      await isIdle();
    });

    it(`tells the following next() of an abort between two calls, once, readAhead ${readAhead} (S8)`, async () => {
      const { stream, log, container, outside, isIdle } = abortable();
      const cut = stream(async function* (context) {
        await begin(context, log);
        try {
          yield* [1, 2, 3];
        } finally {
          log.push("finally");
        }
      }, readAhead);
      await cut.next();
      outside.abort(reason);
      await quiet();
      expect(log).toEqual(["enter", "abort", "finally", "rollback"]);
      expect(container.units[0]?.error).toBe(reason);
      expect(await rejection(cut.next())).toBe(reason);
      expect(await cut.next()).toEqual(done);
      await isIdle();
    });

    it(`awaits the event handlers that run, drops the others, and rejects at once, readAhead ${readAhead} (S8, S7)`, async () => {
      const { stream, log, gates, outside, isIdle } = abortable({ maxConcurrentEventHandlers: 1 });
      const cut = stream(async function* (context) {
        await begin(context, log);
        try {
          context.emit(new Noted("a"));
          context.emit(new Noted("b"));
          yield* [1, 2, 3];
        } finally {
          log.push("finally");
        }
      }, readAhead);
      const next = cut.next();
      await quiet();
      outside.abort(reason);
      expect(await rejection(next)).toBe(reason);
      const leaving = cut.return();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("a");
      await leaving;
      expect(log).toEqual(["enter", "event a", "abort", "finally", "event a done", "rollback"]);
      await isIdle();
    });

    it(`stops during the last events: those that run are awaited, readAhead ${readAhead} (S8, S4)`, async () => {
      const { stream, log, gates, outside, isIdle } = abortable({ maxConcurrentEventHandlers: 1 });
      const cut = stream(async function* ({ emit }) {
        yield 1;
        emit(new Noted("a"));
        emit(new Noted("b"));
      }, readAhead);
      await cut.next();
      const end = cut.next();
      await quiet();
      outside.abort(reason);
      expect(await rejection(end)).toBe(reason);
      expect(await cut.next()).toEqual(done);
      const leaving = cut.return();
      expect(await stateOf(leaving)).toBe("pending");
      await gates.open("a");
      await leaving;
      expect(log).toEqual(["event a", "event a done"]);
      await isIdle();
    });
  }

  it("says nothing any more to a consumer that has left by return() (S8)", async () => {
    const { stream, outside, isIdle } = abortable();
    const cut = stream(async function* () {
      yield* [1, 2];
    });
    await cut.next();
    outside.abort(reason);
    expect(await cut.return()).toEqual(done);
    expect(await cut.next()).toEqual(done);
    await isIdle();
  });

  it("does nothing when it aborts after the end (S8)", async () => {
    const { stream, log, outside, isIdle } = abortable();
    const whole = stream(async function* (context) {
      await begin(context, log);
      yield 1;
    });
    await whole.next();
    await whole.next();
    expect(outside.listeners).toBe(0);
    outside.abort(reason);
    await quiet();
    expect(log).toEqual(["enter", "commit"]);
    expect(await whole.next()).toEqual(done);
    await isIdle();
  });

  it("rejects at once while the handler is being resolved; its scope closes once it is (S8)", async () => {
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
        return new (token as new () => never)();
      },
    });
    const mediator = bootstrap({ container, commandsMapper: (map) => map.bind(Flow, Items) });
    const outside = new WatchedSignal();
    const cut = mediator.stream(new Flow<number>(async function* () {}), { signal: outside.signal });
    const next = cut.next();
    await quiet();
    outside.abort(reason);
    expect(await rejection(next)).toBe(reason);
    expect(await cut.next()).toEqual(done);
    const leaving = cut.return();
    expect(await stateOf(leaving)).toBe("pending");
    await gates.open("resolve");
    await leaving;
    expect(log).toEqual(["enter", "rollback"]);
    expect(outside.listeners).toBe(0);
    await mediator.close();
  });

  it("rejects at once while the mediator starts, and never begins (S8)", async () => {
    const started = Promise.withResolvers<void>();
    const { stream, container, outside, isIdle } = abortable({ onStartup: () => started.promise });
    const body = vi.fn(async function* () {
      yield 1;
    });
    const cut = stream(body);
    const next = cut.next();
    await quiet();
    outside.abort(reason);
    expect(await stateOf(next)).toBe("rejected");
    expect(await rejection(next)).toBe(reason);
    const leaving = cut.return();
    started.resolve();
    await leaving;
    expect(body).not.toHaveBeenCalled();
    expect(container.units).toEqual([]);
    await isIdle();
  });

  it("leaves while the mediator starts: next() is answered with done, and nothing begins (S7)", async () => {
    const started = Promise.withResolvers<void>();
    const { stream, container, isIdle } = abortable({ onStartup: () => started.promise });
    const body = vi.fn(async function* () {
      yield 1;
    });
    const left = stream(body);
    const next = left.next();
    const leaving = left.return();
    expect(await next).toEqual(done);
    started.resolve();
    await leaving;
    expect(body).not.toHaveBeenCalled();
    expect(container.units).toEqual([]);
    await isIdle();
  });

  it("gives up waiting after closeTimeoutMs when the handler never settles, and names it (S8)", async () => {
    const { mediator, outside } = abortable({ closeTimeoutMs: 500 });
    const cut = mediator.stream(
      new Flow(async function* () {
        await new Promise(() => {});
        yield 1;
      }),
      { signal: outside.signal },
    );
    const next = cut.next();
    await quiet();
    outside.abort(reason);
    expect(await rejection(next)).toBe(reason);
    const leaving = cut.return();
    await quiet();
    vi.advanceTimersByTime(500);
    const error = await rejection(leaving);
    expect(error).toBeInstanceOf(CloseTimeoutError);
    expect(error.message).toContain("500 ms");
    expect(error).toMatchObject({ stillRunning: ["an anonymous handler"] });
    expect(outside.listeners).toBe(0);
  });

  it("takes a reason of any kind: undefined becomes an AbortError, null and text stay (S8)", async () => {
    for (const given of [undefined, null, "text", new TypeError("x")]) {
      const controller = new AbortController();
      const { mediator } = abortable();
      const cut = mediator.stream(
        new Flow(async function* ({ signal }) {
          yield 1;
          await aborted(signal);
        }),
        { signal: controller.signal },
      );
      await cut.next();
      const next = cut.next();
      await quiet();
      controller.abort(given);
      expect(await next.catch((error: unknown) => ({ error }))).toEqual({ error: controller.signal.reason });
      await cut.return();
      await mediator.close();
    }
  });

  it("gives the reason of a signal that times out (S8)", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException("too slow", "TimeoutError")), 100);
    const { mediator } = abortable();
    const cut = mediator.stream(
      new Flow(async function* ({ signal }) {
        yield 1;
        await aborted(signal);
      }),
      { signal: controller.signal },
    );
    await cut.next();
    const next = cut.next();
    await quiet();
    vi.advanceTimersByTime(100);
    expect(await rejection(next)).toMatchObject({ name: "TimeoutError" });
    await cut.return();
    await mediator.close();
  });
});

describe("what fails after an abort (S8)", () => {
  it("logs what the handler throws then, for the caller has its answer (S8)", async () => {
    for (const readAhead of [0, 1]) {
      const { stream, gates, logger, container, outside, isIdle } = abortable();
      const cut = stream(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield 1;
        await gates.pass("work");
      }, readAhead);
      await cut.next();
      const next = cut.next();
      await quiet();
      outside.abort(reason);
      expect(await rejection(next)).toBe(reason);
      const error = new Error("the work failed");
      await gates.fail("work", error);
      await cut.return();
      expect(logger.details).toEqual([expect.objectContaining({ error })]);
      expect(container.states).toEqual(["rolled back"]);
      await isIdle();
    }
  });

  it("logs what its finally throws (S8)", async () => {
    const { stream, logger, outside, isIdle } = abortable();
    const error = new Error("cannot clean up");
    const cut = stream(async function* () {
      try {
        yield 1;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested.
        throw error;
      }
    });
    await cut.next();
    outside.abort(reason);
    await quiet();
    expect(logger.details).toEqual([expect.objectContaining({ error })]);
    expect(await rejection(cut.next())).toBe(reason);
    await cut.return();
    await isIdle();
  });

  it("logs no reason of the abort itself, however the handler passes it on (S8)", async () => {
    for (const given of [reason, new DOMException("stop", "AbortError")]) {
      const { stream, logger, outside, isIdle } = abortable();
      const cut = stream(async function* ({ signal }) {
        yield 1;
        await aborted(signal);
      });
      await cut.next();
      cut.next().catch(() => {});
      await quiet();
      outside.abort(given);
      await cut.return();
      expect(logger.lines).toEqual([]);
      await isIdle();
    }
  });

  it("logs what event handlers throw then: never silence (S8, E6)", async () => {
    for (const phase of ["item", "last"]) {
      for (const readAhead of [0, 1]) {
        const { stream, gates, logger, outside, isIdle } = abortable();
        const cut = stream(async function* ({ emit }) {
          if (phase === "item") emit(new Noted("a"));
          yield* [1, 2, 3];
          if (phase === "last") emit(new Noted("a"));
        }, readAhead);
        const calls = Array.from({ length: phase === "item" ? 1 : 4 }, () => cut.next());
        calls.at(-1)?.catch(() => {});
        await quiet();
        outside.abort(reason);
        expect(await rejection(calls.at(-1) as Promise<unknown>)).toBe(reason);
        await gates.fail("a", new TypeError("refused"));
        await cut.return();
        expect(logger.details).toEqual([
          expect.objectContaining({ error: expect.objectContaining({ code: "SLUICE_EVENT_HANDLING" }) }),
        ]);
        await isIdle();
      }
    }
  });

  it("takes event handlers that throw the reason for obedient: nothing is logged or told (S8, S7)", async () => {
    for (const phase of ["item", "last"]) {
      for (const readAhead of [0, 1]) {
        for (const leaves of [true, false]) {
          const { stream, logger, outside, isIdle } = abortable({
            domainEventsMapper: (map) => map.bind(Noted, (_, { signal }) => aborted(signal)),
          });
          const cut = stream(async function* ({ emit }) {
            if (phase === "item") emit(new Noted("a"));
            yield* [1, 2, 3];
            if (phase === "last") emit(new Noted("a"));
          }, readAhead);
          const calls = Array.from({ length: phase === "item" ? 1 : 4 }, () => cut.next());
          const last = calls.at(-1) as Promise<unknown>;
          last.catch(() => {});
          await quiet();
          if (await !leaves) outside.abort(reason);
          expect(await cut.return()).toEqual(done);
          if (leaves) expect(await last).toEqual(done);
          else expect(await rejection(last)).toBe(reason);
          expect(logger.lines).toEqual([]);
          await isIdle();
        }
      }
    }
  });

  it("keeps the error of a handler that failed first, when the abort comes during its rollback (S6, S8)", async () => {
    const closing = Promise.withResolvers<void>();
    const container = new RecordingContainer({ onClose: () => closing.promise });
    const logger = new RecordingLogger();
    const outside = new WatchedSignal();
    const mediator = bootstrap({ container, logger, commandsMapper: bindBodies });
    const error = new Error("broken");
    const cut = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield 1;
        throw error;
      }),
      { signal: outside.signal },
    );
    await cut.next();
    const next = cut.next();
    next.catch(() => {});
    await quiet();
    outside.abort(reason);
    await quiet();
    closing.resolve();
    const told = await rejection(next);
    await cut.return();
    // Whichever of the two the consumer is told, the handler's own error is not lost.
    if (told !== error) expect(logger.details).toContainEqual(expect.objectContaining({ error }));
    await mediator.close();
  });

  it("lets return() tell of a commit that failed, when the pending next() was told of the abort (S8)", async () => {
    const closing = Promise.withResolvers<void>();
    const refused = new Error("commit refused");
    const container = new RecordingContainer({ onClose: () => closing.promise });
    const outside = new WatchedSignal();
    const logger = new RecordingLogger();
    const mediator = bootstrap({ container, logger, commandsMapper: bindBodies });
    const cut = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield 1;
      }),
      { signal: outside.signal },
    );
    await cut.next();
    const next = cut.next();
    await quiet();
    outside.abort(reason);
    expect(await rejection(next)).toBe(reason);
    closing.reject(refused);
    await cut.return().then(
      () => expect(logger.details).toContainEqual(expect.objectContaining({ error: refused })),
      (error: unknown) => expect(error).toBe(refused),
    );
    await mediator.close();
  });
});

describe("an abort rolls back, however the handler is wrapped (S8, U1)", () => {
  const body = async function* ({ resolve }: HandlerContext) {
    await resolve(UnitOfWork);
    yield* [1, 2, 3];
  };
  const wrapped: Record<string, { options?: Partial<BootstrapOptions>; readAhead?: number }> = {
    plain: {},
    "read ahead": { readAhead: 1 },
    "inside a fallback": {
      options: {
        commandsMapper: (map) =>
          map.bind(
            Flow,
            fallback(
              async function* (flow, context) {
                yield* flow.body(context);
              },
              async function* () {},
            ),
          ),
      },
    },
    "inside a middleware": {
      options: { middlewares: [{ stream: (_request, next) => next() }] },
    },
    "inside a middleware that iterates": {
      options: {
        middlewares: [
          {
            async *stream(_request, next) {
              yield* next();
            },
          },
        ],
      },
    },
    "inside a middleware, read ahead": {
      options: { middlewares: [{ stream: (_request, next) => next() }] },
      readAhead: 1,
    },
  };

  for (const [how, { options, readAhead = 0 }] of Object.entries(wrapped)) {
    it(`${how}: rolls back on an abort, commits when the consumer leaves (S8, S7)`, async () => {
      for (const abort of [true, false]) {
        const { stream, container, outside, isIdle } = abortable(options);
        const cut = stream(body, readAhead);
        await cut.next();
        if (abort) outside.abort(reason);
        await cut.return();
        expect(container.units).toMatchObject([
          abort ? { state: "rolled back", error: reason } : { state: "committed" },
        ]);
        await isIdle();
      }
    });

    it(`${how}: rolls back when the events of an item fail (E6)`, async () => {
      const { stream, gates, container, isIdle } = abortable(options);
      const failing = stream(async function* ({ emit, resolve }) {
        await resolve(UnitOfWork);
        emit(new Noted("a"));
        yield* [1, 2, 3];
      }, readAhead);
      const next = failing.next();
      next.catch(() => {});
      await quiet();
      await gates.fail("a", new Error("refused"));
      const error = await rejection(next);
      expect(error).toMatchObject({ code: "SLUICE_EVENT_HANDLING", response: 1 });
      expect(container.units).toMatchObject([{ state: "rolled back", error }]);
      await isIdle();
    });
  }
});
