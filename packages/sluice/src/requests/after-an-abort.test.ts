import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import { type BootstrapOptions, bootstrap, fallback, type HandlerContext } from "../index.js";
import { bindBodies, Flow, quiet, RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import { abortable, aborted, done, Noted, reason } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

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
