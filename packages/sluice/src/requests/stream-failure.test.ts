import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import {
  bootstrap,
  DomainEvent,
  type HandlerContext,
  ResolveOutsideHandlerError,
  type StreamOptions,
} from "../index.js";
import { bindBodies, Flow, quiet, RecordingLogger, rejection } from "../mediator/flow.fixture.js";

class Noted extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

const done = { done: true, value: undefined };

/** A mediator whose handlers, events and scopes write down what happens. */
function recorded(onClose?: (error: unknown) => unknown) {
  const log: string[] = [];
  const logger = new RecordingLogger();
  const container = new RecordingContainer({ log, ...(onClose && { onClose }) });
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: bindBodies,
    domainEventsMapper: (map) => map.bind(Noted, ({ name }) => log.push(`event ${name}`)),
  });
  const stream = <T>(body: (context: HandlerContext) => AsyncIterable<T>, options?: StreamOptions) =>
    mediator.stream(new Flow<T>(body), options);
  return { log, logger, container, mediator, stream };
}

fakeTimers("setTimeout", "clearTimeout");

describe("a handler that throws (S6)", () => {
  it("delivers the items before the error, discards the events since the last yield, and throws the very error (S6)", async () => {
    const { stream, log, container, mediator } = recorded();
    const error = new Error("broken");
    const outside = new WatchedSignal();
    const items: unknown[] = [];
    const read = async () => {
      const broken = stream(
        async function* ({ emit, resolve }) {
          await resolve(UnitOfWork);
          for (const name of ["a", "b"]) {
            emit(new Noted(name));
            yield name;
          }
          emit(new Noted("lost"));
          throw error;
        },
        { signal: outside.signal },
      );
      for await (const item of broken) items.push(item);
    };
    expect(await rejection(read())).toBe(error);
    expect(items).toEqual(["a", "b"]);
    expect(log).toEqual(["enter", "event a", "event b", "rollback"]);
    expect(container.units[0]?.error).toBe(error);
    expect(outside.listeners).toBe(0);
    await mediator.close();
  });

  it("gives two results, then raises, when the third fails (S6)", async () => {
    const { stream } = recorded();
    const failing = stream(async function* () {
      yield 1;
      yield 2;
      throw new RangeError("third");
    });
    expect(await failing.next()).toMatchObject({ value: 1 });
    expect(await failing.next()).toMatchObject({ value: 2 });
    expect(await rejection(failing.next())).toBeInstanceOf(RangeError);
    expect(await failing.next()).toEqual(done);
  });

  it("passes on whatever was thrown: undefined, null, a string (S6)", async () => {
    for (const thrown of [undefined, null, "text", 0]) {
      for (const readAhead of [0, 1]) {
        const { stream, container } = recorded();
        const failing = stream(
          // biome-ignore lint/correctness/useYield: it fails before its first item.
          async function* ({ resolve }) {
            await resolve(UnitOfWork);
            throw thrown;
          },
          { readAhead },
        );
        expect(await failing.next().catch((error: unknown) => ["rejected", error])).toEqual([
          "rejected",
          thrown,
        ]);
        expect(container.states).toEqual(["rolled back"]);
        expect(await failing.next()).toEqual(done);
      }
    }
  });

  it("rejects only after the finally and the scope of the handler (S6, U1)", async () => {
    const closing = Promise.withResolvers<void>();
    const { stream, log } = recorded(() => closing.promise);
    const failing = stream(async function* ({ resolve }) {
      await resolve(UnitOfWork);
      try {
        yield 1;
        throw new Error("broken");
      } finally {
        log.push("finally");
      }
    });
    await failing.next();
    const end = failing.next().catch(() => log.push("rejected"));
    await quiet();
    expect(log).toEqual(["enter", "finally"]);
    closing.resolve();
    await end;
    expect(log).toEqual(["enter", "finally", "rollback", "rejected"]);
  });

  it("lets an error thrown in finally take the place of the first, as JavaScript does (S6)", async () => {
    const { stream } = recorded();
    const failing = stream(async function* () {
      try {
        yield 1;
        throw new Error("first");
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested.
        throw new Error("second");
      }
    });
    await failing.next();
    expect(await rejection(failing.next())).toMatchObject({ message: "second" });
  });

  it("is told once: disposal after the error settles quietly (S6)", async () => {
    const { stream } = recorded();
    const error = new Error("broken");
    const read = async () => {
      await using failing = stream(async function* () {
        yield 1;
        throw error;
      });
      for await (const _ of failing);
    };
    expect(await rejection(read())).toBe(error);
  });

  it("tells the failure of the last events once too: disposal afterwards settles quietly (S4, S6)", async () => {
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Noted, () => {
          throw new Error("refused");
        }),
    });
    const read = async () => {
      await using failing = mediator.stream(
        new Flow(async function* ({ emit }) {
          yield 1;
          emit(new Noted("a"));
        }),
      );
      for await (const _ of failing);
    };
    expect(await rejection(read())).toMatchObject({ code: "SLUICE_EVENT_HANDLING" });
  });

  it("fails when the scope cannot commit, and then does not handle the last events (S6)", async () => {
    const refused = new Error("commit refused");
    for (const scope of ["handler", "dispatch"] as const) {
      for (const readAhead of [0, 1]) {
        const handled: string[] = [];
        const container = new RecordingContainer({
          onClose: (error) => {
            if (error === undefined) throw refused;
          },
        });
        const mediator = bootstrap({
          container,
          scope,
          commandsMapper: bindBodies,
          domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
        });
        const failing = mediator.stream(
          new Flow(async function* ({ emit, resolve }) {
            await resolve(UnitOfWork);
            yield 1;
            emit(new Noted("last"));
          }),
          { readAhead },
        );
        await failing.next();
        expect(await rejection(failing.next())).toBe(refused);
        expect(await failing.next()).toEqual(done);
        // Under "dispatch" the events belong to the unit of work, and so come before its end.
        expect(handled).toEqual(scope === "handler" ? [] : ["last"]);
        await failing.return();
        await mediator.close();
      }
    }
  });

  it("lets the first error win over a rollback that fails, and logs that (S6)", async () => {
    for (const readAhead of [0, 1]) {
      const stuck = new Error("rollback refused");
      const { stream, logger } = recorded(() => {
        throw stuck;
      });
      const error = new Error("broken");
      const failing = stream(
        async function* ({ resolve }) {
          await resolve(UnitOfWork);
          yield 1;
          throw error;
        },
        { readAhead },
      );
      await failing.next();
      expect(await rejection(failing.next())).toBe(error);
      expect(logger.details).toContainEqual(expect.objectContaining({ error: stuck }));
    }
  });
});

describe("emitting when nobody can take it", () => {
  it("refuses an event that is emitted after the handler has ended", async () => {
    const { stream } = recorded();
    const ended: HandlerContext[] = [];
    const body = async function* (context: HandlerContext) {
      ended.push(context);
      yield 1;
    };
    const whole = stream(body);
    await whole.next();
    await whole.next();
    const left = stream(body);
    await left.next();
    await left.return();
    expect(ended).toHaveLength(2);
    for (const { emit } of ended) {
      expect(() => emit(new Noted("late"))).toThrow(
        expect.objectContaining({ code: "SLUICE_EMIT_OUTSIDE_HANDLER" }),
      );
    }
  });

  it("opens no scope for a handler that has ended: nobody would close it", async () => {
    for (const scope of ["handler", "dispatch"] as const) {
      const container = new RecordingContainer();
      const mediator = bootstrap({ container, scope, commandsMapper: bindBodies });
      let resolve: HandlerContext["resolve"] | undefined;
      const stream = mediator.stream(
        new Flow(async function* (context) {
          resolve = context.resolve;
          yield 1;
        }),
      );
      await stream.next();
      await stream.next();
      const error = await rejection(resolve?.(UnitOfWork) as Promise<unknown>);
      expect(error).toBeInstanceOf(ResolveOutsideHandlerError);
      expect(error.message).toMatch(/ended/);
      expect(container.units).toEqual([]);
    }
  });

  it("fails with an error of its own when what is emitted is no event, at the emit", async () => {
    const { stream, log } = recorded();
    const failing = stream(async function* ({ emit }) {
      try {
        emit({ name: "no event" } as never);
      } catch (error) {
        log.push((error as Error).constructor.name);
      }
      yield 1;
    });
    expect(await failing.next()).toMatchObject({ value: 1 });
    expect(log).toEqual(["InvalidEventError"]);
    await failing.return();
  });
});
