import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "../handlers/recording.fixture.js";
import {
  bootstrap,
  Command,
  EventHandlingError,
  HandlerConstructionError,
  type HandlerContext,
  InvalidRequestError,
  NoHandlerError,
  Query,
  RequestHandler,
  ResolveOutsideHandlerError,
  StreamingRequestHandler,
  WrongHandlerKindError,
} from "../index.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  Gates,
  quiet,
  RecordingLogger,
  rejection,
} from "../mediator/flow.fixture.js";
import { Noted, reason, recorded } from "./recorded.fixture.js";

fakeTimers("setTimeout", "clearTimeout");

describe("an answer and its events (R1)", () => {
  it("answers after the handler's events and their follow-ups are processed (R1)", async () => {
    const gates = new Gates();
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) =>
        map.bind(Noted, async ({ name }, { emit }) => {
          await gates.pass(name);
          if (name === "a") emit(new Noted("follow-up"));
        }),
    });
    const answer = mediator.send(
      new Do(({ emit }) => {
        emit(new Noted("a"));
        return 42;
      }),
    );
    expect(await stateOf(answer)).toBe("pending");
    await gates.open("a");
    expect(await stateOf(answer)).toBe("pending");
    await gates.open("follow-up");
    expect(await answer).toBe(42);
  });

  it("answers with whatever handle gives: a value, a promise, a thenable, undefined, null (R1)", async () => {
    const { send } = recorded();
    // biome-ignore lint/suspicious/noThenProperty: a promise of another make.
    const thenable = { then: (resolve: (value: number) => void) => resolve(3) };
    expect(await send(() => 1)).toBe(1);
    expect(await send(async () => 2)).toBe(2);
    expect(await send(() => thenable as never)).toBe(3);
    expect(await send(() => undefined)).toBe(undefined);
    expect(await send(async () => null)).toBe(null);
  });

  it("answers requests of base classes, plain objects and functions alike (R1)", async () => {
    class Double extends Query<number> {
      constructor(readonly n: number) {
        super();
      }
    }
    class DoubleHandler extends RequestHandler<Double> {
      handle({ n }: Double) {
        this.emit(new Noted(`class ${n}`));
        return n * 2;
      }
    }
    const events: Noted[] = [];
    const plain = {
      events,
      clearEvents: () => {
        events.length = 0;
      },
      handle({ n }: Double) {
        events.push(new Noted(`object ${n}`));
        return n * 2;
      },
    };
    const handled: string[] = [];
    for (const handler of [
      DoubleHandler,
      new DoubleHandler(),
      plain,
      async ({ n }: Double, { emit }: HandlerContext) => {
        emit(new Noted(`function ${n}`));
        return n * 2;
      },
    ]) {
      const mediator = bootstrap({
        queriesMapper: (map) => map.bind(Double, handler),
        domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
      });
      expect(await mediator.send(new Double(4))).toBe(8);
    }
    expect(handled).toEqual(["class 4", "class 4", "object 4", "function 4"]);
  });

  it("rejects with the very error of the handler, and discards its events (R1)", async () => {
    for (const thrown of [new Error("broken"), undefined, null, "text"]) {
      for (const throws of [
        () => {
          throw thrown;
        },
        () => Promise.reject(thrown),
      ]) {
        const { send, log, container } = recorded();
        const answer = send(async ({ emit, resolve }) => {
          await resolve(UnitOfWork);
          emit(new Noted("lost"));
          return throws();
        });
        expect(await answer.catch((error: unknown) => ({ error }))).toEqual({ error: thrown });
        expect(log).toEqual(["enter", "rollback"]);
        if (thrown instanceof Error) expect(container.units[0]?.error).toBe(thrown);
      }
    }
  });

  it("rejects, and never throws, when handle throws before it gives a promise (R1)", async () => {
    const error = new Error("broken");
    const { mediator, send } = recorded();
    expect(
      await rejection(
        send(() => {
          throw error;
        }),
      ),
    ).toBe(error);
    await mediator.close();
  });

  it("rejects with the failures of event handlers, which carry the response; the request rolls back its unit of work (R1, E6)", async () => {
    for (const scope of ["handler", "dispatch"] as const) {
      const { send, gates, container, mediator } = recorded({ scope });
      const answer = send(async ({ emit, resolve }) => {
        await resolve(UnitOfWork);
        emit(new Noted("a"));
        return "the response";
      });
      answer.catch(() => {});
      await quiet();
      await gates.fail("a", new TypeError("refused"));
      const error = await rejection(answer);
      expect(error).toBeInstanceOf(EventHandlingError);
      expect(error).toMatchObject({ response: "the response", errors: [{ message: "refused" }] });
      // Under "handler" the handler's own scope closed before the events began.
      expect(container.states).toEqual([scope === "handler" ? "committed" : "rolled back"]);
      await mediator.close();
    }
  });

  it("fails when the scope cannot commit; under scope handler no event of it is handled (R1, U1)", async () => {
    const refused = new Error("commit refused");
    for (const scope of ["handler", "dispatch"] as const) {
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
      const answer = mediator.send(
        new Do(async ({ emit, resolve }) => {
          await resolve(UnitOfWork);
          emit(new Noted("a"));
        }),
      );
      expect(await rejection(answer)).toBe(refused);
      expect(handled).toEqual(scope === "handler" ? [] : ["a"]);
      await mediator.close();
    }
  });

  it("lets the first error win over a rollback that fails, and logs that (R1)", async () => {
    for (const scope of ["handler", "dispatch"] as const) {
      const stuck = new Error("rollback refused");
      const logger = new RecordingLogger();
      const container = new RecordingContainer({
        onClose: () => {
          throw stuck;
        },
      });
      const mediator = bootstrap({ container, scope, logger, commandsMapper: bindBodies });
      const error = new Error("broken");
      const answer = mediator.send(
        new Do(async ({ resolve }) => {
          await resolve(UnitOfWork);
          throw error;
        }),
      );
      expect(await rejection(answer)).toBe(error);
      expect(logger.details).toEqual([expect.objectContaining({ error: stuck })]);
      await mediator.close();
    }
  });

  it("refuses an event that is emitted after the handler has ended (R1)", async () => {
    const { send } = recorded();
    let emit: HandlerContext["emit"] | undefined;
    await send((context) => {
      emit = context.emit;
    });
    expect(() => emit?.(new Noted("late"))).toThrow(
      expect.objectContaining({ code: "SLUICE_EMIT_OUTSIDE_HANDLER" }),
    );
  });

  it("opens no scope for a handler that has ended: nobody would close it (U1)", async () => {
    const { send, container } = recorded();
    let resolve: HandlerContext["resolve"] | undefined;
    await send((context) => {
      resolve = context.resolve;
    });
    expect(await rejection(resolve?.(UnitOfWork) as Promise<unknown>)).toBeInstanceOf(
      ResolveOutsideHandlerError,
    );
    expect(container.units).toEqual([]);
  });
});

describe("errors at the earliest moment that can know (R2)", () => {
  class Unbound extends Command<number> {}

  it("rejects what is no request, and what has no handler, by name (R2)", async () => {
    const { mediator } = recorded();
    const error = await rejection(mediator.send(new Unbound()));
    expect(error).toBeInstanceOf(NoHandlerError);
    expect(error.message).toContain("Unbound");
    for (const given of [undefined, null, {}, "Unbound", Unbound]) {
      expect(await rejection(mediator.send(given as never))).toBeInstanceOf(InvalidRequestError);
    }
  });

  it("does not take a handler of the base class for one of the request (R2)", async () => {
    class Base extends Command<number> {}
    class Derived extends Base {}
    const mediator = bootstrap({ commandsMapper: (map) => map.bind(Base, () => 1) });
    expect(await mediator.send(new Base())).toBe(1);
    expect(await rejection(mediator.send(new Derived()))).toBeInstanceOf(NoHandlerError);
  });

  it("is not led astray by a field of the request that is named constructor (R2)", async () => {
    const mediator = bootstrap({ commandsMapper: (map) => map.bind(Unbound, () => 1) });
    expect(await mediator.send(Object.assign(new Unbound(), { constructor: Object }))).toBe(1);
  });

  it("refuses to send to a handler that streams, naming both (R2)", async () => {
    class Counts extends StreamingRequestHandler<Unbound> {
      async *handle() {
        yield 1;
      }
    }
    const mediator = bootstrap({ commandsMapper: (map) => map.bind(Unbound, Counts) });
    const error = await rejection(mediator.send(new Unbound()));
    expect(error).toBeInstanceOf(WrongHandlerKindError);
    expect(error.message).toMatch(/Counts.*Unbound/);
  });

  it("refuses an answer that is a stream, where that cannot be seen before (R2)", async () => {
    const { mediator } = recorded();
    const ended: string[] = [];
    const flow = new Flow(async function* () {
      try {
        yield 1;
      } finally {
        ended.push("finally");
      }
    });
    const error = await rejection(mediator.send(flow));
    expect(error).toBeInstanceOf(WrongHandlerKindError);
    expect(error.message).toContain("Flow");
  });

  it("refuses a class that needs arguments where there is no container, at bootstrap (R2)", () => {
    class Needs extends RequestHandler<Unbound> {
      constructor(readonly dependency: string) {
        super();
      }
      handle() {
        return 1;
      }
    }
    expect(() => bootstrap({ commandsMapper: (map) => map.bind(Unbound, Needs as never) })).toThrow(
      expect.objectContaining({ code: "SLUICE_INVALID_HANDLER", message: expect.stringContaining("Needs") }),
    );
  });

  it("names the class that could not be constructed or resolved, with the cause (R2)", async () => {
    const cause = new Error("no database");
    class Fails extends RequestHandler<Unbound> {
      constructor() {
        super();
        throw cause;
      }
      handle() {
        return 1;
      }
    }
    const bindFails = { commandsMapper: (map: Parameters<typeof bindBodies>[0]) => map.bind(Unbound, Fails) };
    for (const options of [
      bindFails,
      { ...bindFails, container: new RecordingContainer() },
      { ...bindFails, container: { resolve: () => Promise.reject(cause) } },
    ]) {
      const mediator = bootstrap(options);
      const error = await rejection(mediator.send(new Unbound()));
      expect(error).toBeInstanceOf(HandlerConstructionError);
      expect(error).toMatchObject({ cause, message: expect.stringContaining("Fails") });
      await mediator.close();
    }
  });

  it("refuses options out of range, before the handler runs (R2)", async () => {
    const { mediator } = recorded();
    const body = vi.fn();
    for (const options of [
      null,
      5,
      { signal: {} },
      { scope: {} },
      { metadata: "x" },
      { metadata: { headers: { n: 1 } } },
    ]) {
      expect(await rejection(mediator.send(new Do(body), options as never))).toMatchObject({
        code: "SLUICE_INVALID_OPTION",
      });
    }
    expect(body).not.toHaveBeenCalled();
  });
});

describe("a send whose signal aborts (S8)", () => {
  it("rejects at once; the handler goes on to its own end, and its events are processed all the same", async () => {
    const { send, log, gates, outside, mediator, container } = {
      ...recorded(),
      outside: new WatchedSignal(),
    };
    const answer = send(
      async ({ emit, resolve, signal }) => {
        await resolve(UnitOfWork);
        signal.addEventListener("abort", () => log.push("abort"));
        await gates.pass("work");
        emit(new Noted("a"));
        log.push("answered");
      },
      { signal: outside.signal },
    );
    await quiet();
    outside.abort(reason);
    expect(await rejection(answer)).toBe(reason);
    expect(log).toEqual(["enter", "abort"]);
    const closing = mediator.close();
    await gates.open("work");
    await gates.open("a");
    await closing;
    expect(log).toEqual(["enter", "abort", "answered", "commit", "event a", "event a done"]);
    expect(container.states).toEqual(["committed"]);
    expect(outside.listeners).toBe(0);
  });

  it("rejects at once during the events, which go on (S8)", async () => {
    const outside = new WatchedSignal();
    const { send, log, gates, mediator } = recorded({ maxConcurrentEventHandlers: 1 });
    const answer = send(
      ({ emit }) => {
        emit(new Noted("a"));
        emit(new Noted("b"));
      },
      { signal: outside.signal },
    );
    await quiet();
    outside.abort(reason);
    expect(await rejection(answer)).toBe(reason);
    await gates.openAll();
    expect(log).toEqual(["event a", "event a done", "event b", "event b done"]);
    await mediator.close();
    expect(outside.listeners).toBe(0);
  });

  it("runs nothing when it was aborted before (S8)", async () => {
    const { send, mediator } = recorded();
    const body = vi.fn();
    expect(await rejection(send(body, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(body).not.toHaveBeenCalled();
    await mediator.close();
  });

  it("rejects at once while the mediator starts, and then runs nothing (S8)", async () => {
    const started = Promise.withResolvers<void>();
    const outside = new WatchedSignal();
    const { send, mediator } = recorded({ onStartup: () => started.promise });
    const body = vi.fn();
    const answer = send(body, { signal: outside.signal });
    answer.catch(() => {});
    await quiet();
    outside.abort(reason);
    expect(await stateOf(answer)).toBe("rejected");
    expect(await rejection(answer)).toBe(reason);
    started.resolve();
    await quiet();
    expect(body).not.toHaveBeenCalled();
    await mediator.close();
    expect(outside.listeners).toBe(0);
  });

  it("logs what fails afterwards, but not the abort itself (S8)", async () => {
    for (const [error, isLogged] of [
      [new Error("broken"), true],
      [reason, false],
      [new DOMException("stop", "AbortError"), false],
    ] as const) {
      const outside = new WatchedSignal();
      const { send, gates, logger, mediator } = recorded();
      const answer = send(() => gates.pass("work"), { signal: outside.signal });
      await quiet();
      outside.abort(reason);
      expect(await rejection(answer)).toBe(reason);
      await gates.fail("work", error);
      expect(logger.details).toEqual(isLogged ? [expect.objectContaining({ error })] : []);
      await mediator.close();
    }
  });

  it("leaves no listener behind, however the send ends (S8)", async () => {
    for (const options of [
      {},
      { middlewares: [{ request: (_: unknown, next: () => Promise<unknown>) => next() }] },
    ]) {
      const outside = new WatchedSignal();
      const { send, mediator } = recorded({
        ...options,
        domainEventsMapper: (map) => map.bind(Noted, () => {}),
      });
      const { signal } = outside;
      await send(() => 1, { signal });
      await send(({ emit, signal: own }) => own.aborted || emit(new Noted("a")), { signal });
      await rejection(
        send(
          ({ signal: own }) => {
            throw own;
          },
          { signal },
        ),
      );
      await rejection(send(() => Promise.reject(new Error("broken")), { signal }));
      expect(outside.listeners).toBe(0);
      await mediator.close();
    }
  });

  it("is inherited through context.mediator, and cut off with null (S8)", async () => {
    const outside = new WatchedSignal();
    const { mediator } = recorded();
    const seen: boolean[] = [];
    const answer = mediator.send(
      new Do(async (context) => {
        outside.abort(reason);
        const see = new Do(({ signal }) => {
          seen.push(signal.aborted);
        });
        seen.push(context.signal.aborted);
        await context.mediator.send(see, { signal: null });
        await rejection(context.mediator.send(see));
      }),
      { signal: outside.signal },
    );
    expect(await rejection(answer)).toBe(reason);
    await mediator.close();
    expect(seen).toEqual([true, false]);
  });
});

describe("sending from a handler", () => {
  it("nests sends and streams, each with a scope of its own (U1)", async () => {
    const { send, container } = recorded();
    const units = await send(async ({ mediator, resolve }) => {
      const outer = await resolve(UnitOfWork);
      const inner = await mediator.send(new Do(({ resolve: own }) => own(UnitOfWork)));
      const [streamed] = await collect(
        mediator.stream(
          new Flow(async function* (context) {
            yield await context.resolve(UnitOfWork);
          }),
        ),
      );
      return [outer, inner, streamed];
    });
    expect(new Set(units)).toEqual(new Set(container.units));
    expect(container.states).toEqual(["committed", "committed", "committed"]);
  });
});
