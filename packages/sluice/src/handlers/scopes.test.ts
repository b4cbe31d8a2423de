import { describe, expect, it } from "vitest";
import {
  type BootstrapOptions,
  bootstrap,
  type ChainContext,
  Command,
  type Container,
  DomainEvent,
  EventHandler,
  fallback,
  type HandlerContext,
  InvalidOptionError,
  RequestHandler,
  ScopeUnsupportedError,
  StreamingRequestHandler,
} from "../index.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  Gates,
  Gauge,
  quiet,
  RecordingLogger,
  rejection,
} from "../mediator/flow.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork, WatchedSignal } from "./recording.fixture.js";

class Order extends Command<string> {}

class Ordered extends DomainEvent {
  constructor(readonly name = "a") {
    super();
  }
}

class FollowedUp extends DomainEvent {}

/** An application of classes that write down what they do, in a container that writes down its scopes. */
function application(options: Partial<BootstrapOptions> = {}) {
  const log: string[] = [];
  class OrderHandler extends RequestHandler<Order> {
    handle() {
      log.push("handle");
      this.emit(new Ordered());
      return "ordered";
    }
  }
  class OrderedHandler extends EventHandler<Ordered> {
    handle() {
      log.push("event");
    }
  }
  const container = new RecordingContainer({ log });
  const mediator = bootstrap({
    container,
    commandsMapper: (map) => bindBodies(map).bind(Order, OrderHandler),
    domainEventsMapper: (map) => map.bind(Ordered, OrderedHandler),
    ...options,
  });
  return { log, container, mediator };
}

/** Writes down the unit of work of every event handler; the event's name says what else it does. */
function recordingUnits(options: Partial<BootstrapOptions> = {}) {
  const units: UnitOfWork[] = [];
  const gates = new Gates();
  const gauge = new Gauge();
  const logger = new RecordingLogger();
  const log: string[] = [];
  const container = new RecordingContainer({ log });
  const onOrdered = ({ name }: Ordered, { emit, resolve }: HandlerContext) =>
    gauge.during(async () => {
      units.push(await resolve(UnitOfWork));
      log.push(`event ${name}`);
      if (name === "fails") throw new TypeError("refused");
      if (name === "waits") await gates.pass(name);
      if (name === "follows up") emit(new FollowedUp());
      await quiet();
    });
  const mediator = bootstrap({
    container,
    logger,
    commandsMapper: bindBodies,
    domainEventsMapper: (map) =>
      map
        .bind(Ordered, onOrdered)
        .bind(FollowedUp, async (_, { resolve }) => units.push(await resolve(UnitOfWork))),
    ...options,
  });
  return { units, gates, gauge, logger, log, container, mediator };
}

describe('scope: "handler" (U1)', () => {
  it("is the default of a container that can open scopes: enter, handle, exit, enter, event, exit (U1)", async () => {
    for (const scope of [undefined, "handler"] as const) {
      const { log, mediator } = application({ scope });
      await mediator.send(new Order());
      expect(log).toEqual(["enter", "handle", "commit", "enter", "event", "commit"]);
    }
  });

  it("gives every run of an event handler a scope of its own, follow-ups too (U1)", async () => {
    const { units, container, mediator } = recordingUnits();
    await mediator.send(
      new Do(({ emit }) => {
        emit(new Ordered("follows up"));
        emit(new Ordered("b"));
      }),
    );
    expect(units).toHaveLength(3);
    expect(new Set(units)).toEqual(new Set(container.units));
    expect(container.states).toEqual(["committed", "committed", "committed"]);
  });

  it("rolls back the scope of an event handler that fails, and of no other (U1, E6)", async () => {
    const { container, mediator } = recordingUnits();
    const sending = mediator.send(
      new Do(async ({ emit, resolve }) => {
        await resolve(UnitOfWork);
        emit(new Ordered("fails"));
        emit(new Ordered("b"));
      }),
    );
    expect(await rejection(sending)).toMatchObject({ code: "SLUICE_EVENT_HANDLING" });
    expect(container.states).toEqual(["committed", "rolled back", "committed"]);
    expect(container.units[1]?.error).toBeInstanceOf(TypeError);
  });

  it("counts an event handler whose scope cannot commit as failed, and starts no follow-up of it (U1, E6)", async () => {
    const refused = new Error("commit refused");
    const { units, mediator } = recordingUnits({
      container: new RecordingContainer({
        onClose: (error) => {
          if (error === undefined) throw refused;
        },
      }),
    });
    const error = await rejection(mediator.publish(new Ordered("follows up")));
    expect(error).toMatchObject({ code: "SLUICE_EVENT_HANDLING", errors: [refused] });
    expect(units).toHaveLength(1);
  });

  it("keeps a stream's scope open over all items, and closes it after the handler's finally (U1)", async () => {
    const { log, container, mediator } = recordingUnits();
    const stream = mediator.stream(
      new Flow(async function* ({ emit, resolve }) {
        try {
          for (const name of ["a", "b"]) {
            await resolve(UnitOfWork);
            emit(new Ordered(name));
            yield name;
          }
          emit(new Ordered("last"));
        } finally {
          log.push("finally");
        }
      }),
    );
    for await (const name of stream) {
      log.push(`item ${name}`);
      expect(container.units[0]?.state).toBe("open");
    }
    expect(log).toEqual([
      "enter",
      "enter",
      "event a",
      "commit",
      "item a",
      "enter",
      "event b",
      "commit",
      "item b",
      "finally",
      "commit",
      "enter",
      "event last",
      "commit",
    ]);
  });

  it("gives what one handler resolves in one scope, as often as it asks (U1)", async () => {
    const { mediator } = recordingUnits();
    const [first, second] = await mediator.send(
      new Do(async ({ resolve }) => [await resolve(UnitOfWork), await resolve(UnitOfWork)]),
    );
    expect(first).toBe(second);
  });

  it("opens no scope for a function that asks for nothing (U1)", async () => {
    const { container, mediator } = application();
    await mediator.send(new Do(() => 1));
    await collect(
      mediator.stream(
        new Flow(async function* () {
          yield 1;
        }),
      ),
    );
    expect(container.units).toEqual([]);
  });

  it("closes on a handler's exception, and leaves the next dispatch untouched (U1)", async () => {
    const { container, mediator } = recordingUnits();
    const fails = new Do(async ({ resolve }) => {
      await resolve(UnitOfWork);
      throw new Error("broken");
    });
    await rejection(mediator.send(fails));
    const unit = await mediator.send(new Do(({ resolve }) => resolve(UnitOfWork)));
    expect(container.states).toEqual(["rolled back", "committed"]);
    expect(container.units[1]).toBe(unit);
  });

  it("names the handler when no scope can be opened, and fails the dispatch alone (U1)", async () => {
    const cause = new Error("too many connections");
    const container: Container = {
      resolve: (token) => new (token as new () => never)(),
      createScope: () => {
        throw cause;
      },
    };
    for (const scope of ["handler", "dispatch"] as const) {
      const { mediator } = application({ container, scope });
      const error = await rejection(mediator.send(new Order()));
      expect(error).toMatchObject({ code: "SLUICE_HANDLER_CONSTRUCTION", cause });
      expect(error.message).toContain("OrderHandler");
      await mediator.close();
    }
  });
});

describe('scope: "dispatch" (U2)', () => {
  const dispatch = { scope: "dispatch" } as const;

  it("is one unit of work for the request and its event handlers: enter, handle, event, exit (U2)", async () => {
    const { log, mediator } = application(dispatch);
    await mediator.send(new Order());
    expect(log).toEqual(["enter", "handle", "event", "commit"]);
  });

  it("holds the fallback and all follow-ups too (U2)", async () => {
    const { units, container, mediator } = recordingUnits({
      ...dispatch,
      commandsMapper: (map) =>
        map.bind(
          Order,
          fallback(
            async (_, { resolve }) => {
              await resolve(UnitOfWork);
              throw new Error("broken");
            },
            async (_, { emit, resolve }) => {
              units.push(await resolve(UnitOfWork));
              emit(new Ordered("follows up"));
              return "ordered";
            },
          ),
        ),
    });
    expect(await mediator.send(new Order())).toBe("ordered");
    expect(units).toHaveLength(3);
    expect(new Set(units)).toEqual(new Set(container.units));
    expect(container.states).toEqual(["committed"]);
  });

  it("runs its event handlers one at a time (U2)", async () => {
    const { gauge, units, mediator } = recordingUnits(dispatch);
    await mediator.send(
      new Do(({ emit }) => {
        for (const name of ["a", "b", "c"]) emit(new Ordered(name));
      }),
    );
    expect(gauge).toMatchObject({ peak: 1, total: 3 });
    expect(new Set(units).size).toBe(1);
  });

  it("runs the event handlers of items read ahead one at a time too (U2, S5)", async () => {
    const { gauge, mediator } = recordingUnits(dispatch);
    const stream = mediator.stream(
      new Flow(async function* ({ emit }) {
        for (const name of ["a", "b", "c"]) {
          emit(new Ordered(name));
          yield name;
        }
      }),
      { readAhead: 2 },
    );
    expect(await collect(stream)).toEqual(["a", "b", "c"]);
    expect(gauge).toMatchObject({ peak: 1, total: 3 });
  });

  it("refuses parallel events at bootstrap (U2)", () => {
    const container = new RecordingContainer();
    expect(() => bootstrap({ container, ...dispatch, concurrentEventHandleEnable: true })).toThrow(
      InvalidOptionError,
    );
    expect(() => bootstrap({ container, ...dispatch, concurrentEventHandleEnable: true })).toThrow(
      /concurrentEventHandleEnable.*dispatch/,
    );
    expect(() => bootstrap({ container, ...dispatch, concurrentEventHandleEnable: false })).not.toThrow();
    expect(() => bootstrap({ container, ...dispatch })).not.toThrow();
  });

  it("closes with the error when the handler, or an event handler, fails (U2)", async () => {
    const { container, mediator } = recordingUnits(dispatch);
    const error = new Error("broken");
    await rejection(
      mediator.send(
        new Do(async ({ resolve }) => {
          await resolve(UnitOfWork);
          throw error;
        }),
      ),
    );
    const failed = await rejection(
      mediator.send(
        new Do(async ({ emit, resolve }) => {
          await resolve(UnitOfWork);
          emit(new Ordered("fails"));
        }),
      ),
    );
    expect(container.units).toMatchObject([
      { state: "rolled back", error },
      { state: "rolled back", error: failed },
    ]);
  });

  it("is one unit of work for a whole stream, its items' events and its last ones (U2)", async () => {
    const { units, container, mediator } = recordingUnits(dispatch);
    const stream = mediator.stream(
      new Flow(async function* ({ emit, resolve }) {
        units.push(await resolve(UnitOfWork));
        for (const name of ["a", "b"]) {
          emit(new Ordered(name));
          yield name;
        }
        emit(new Ordered("last"));
      }),
    );
    for await (const _ of stream) expect(container.states).toEqual(["open"]);
    expect(units).toHaveLength(4);
    expect(new Set(units).size).toBe(1);
    expect(container.states).toEqual(["committed"]);
  });

  it("commits what a consumer has taken who leaves between two items (U2, S7)", async () => {
    const { container, mediator } = recordingUnits(dispatch);
    const stream = mediator.stream(
      new Flow(async function* ({ emit, resolve }) {
        await resolve(UnitOfWork);
        for (const name of ["a", "b"]) {
          emit(new Ordered(name));
          yield name;
        }
      }),
    );
    for await (const _ of stream) break;
    expect(container.states).toEqual(["committed"]);
  });

  it("rolls back when a consumer leaves while events are handled, for some of them are dropped (U2, S7)", async () => {
    for (const readAhead of [0, 1]) {
      const { gates, log, container, mediator } = recordingUnits(dispatch);
      const stream = mediator.stream(
        new Flow(async function* ({ emit, resolve }) {
          await resolve(UnitOfWork);
          emit(new Ordered("waits"));
          emit(new Ordered("dropped"));
          yield* [1, 2, 3];
        }),
        { readAhead },
      );
      stream.next();
      await quiet();
      const leaving = stream.return();
      await gates.open("waits");
      await leaving;
      expect(log).toEqual(["enter", "event waits", "rollback"]);
      expect(container.states).toEqual(["rolled back"]);
      await mediator.close();
    }
  });

  it("rolls back when a stream is aborted, or fails (U2, S8)", async () => {
    const { container, mediator } = recordingUnits(dispatch);
    const outside = new WatchedSignal();
    const reason = new Error("The caller left.");
    const aborted = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield* [1, 2];
      }),
      { signal: outside.signal },
    );
    await aborted.next();
    outside.abort(reason);
    await aborted.return();
    const broken = new Error("broken");
    const failing = mediator.stream(
      new Flow(async function* ({ resolve }) {
        await resolve(UnitOfWork);
        yield 1;
        throw broken;
      }),
    );
    await failing.next();
    await rejection(failing.next());
    expect(container.units).toMatchObject([
      { state: "rolled back", error: reason },
      { state: "rolled back", error: broken },
    ]);
  });

  it("is one unit of work for an event that is published, with all its handlers (U2, E10)", async () => {
    const { units, container, mediator } = recordingUnits(dispatch);
    await mediator.publish(new Ordered("follows up"));
    expect(units).toHaveLength(2);
    expect(container.states).toEqual(["committed"]);
    await rejection(mediator.publish(new Ordered("fails")));
    expect(container.states).toEqual(["committed", "rolled back"]);
  });

  it("gives a request that a handler sends a unit of work of its own (U2)", async () => {
    const { container, mediator } = recordingUnits(dispatch);
    const inner = new Do(async ({ resolve }) => {
      await resolve(UnitOfWork);
      throw new Error("broken");
    });
    await mediator.send(
      new Do(async (context) => {
        await context.resolve(UnitOfWork);
        await rejection(context.mediator.send(inner));
      }),
    );
    expect(container.states).toEqual(["committed", "rolled back"]);
  });

  it("holds all links of a chain (U2, R4)", async () => {
    const { units, container, mediator } = recordingUnits({
      ...dispatch,
      commandsMapper: (map) =>
        map.bind(Order, [
          async (order, { next, resolve }: ChainContext<Order>) => {
            units.push(await resolve(UnitOfWork));
            return next(order);
          },
          async (_, { resolve }) => {
            units.push(await resolve(UnitOfWork));
            return "ordered";
          },
        ]),
    });
    await mediator.send(new Order());
    expect(units).toHaveLength(2);
    expect(new Set(units).size).toBe(1);
    expect(container.states).toEqual(["committed"]);
  });
});

describe("a scope that is joined (U3)", () => {
  it("takes the handler and its event handlers, one at a time, and is never closed (U3)", async () => {
    for (const scope of ["handler", "dispatch", "none"] as const) {
      const { units, gauge, container, mediator } = recordingUnits({ scope });
      const outer = container.createScope();
      await mediator.send(
        new Do(async ({ emit, resolve }) => {
          units.push(await resolve(UnitOfWork));
          for (const name of ["a", "follows up"]) emit(new Ordered(name));
        }),
        { scope: outer },
      );
      await collect(
        mediator.stream(
          new Flow(async function* ({ emit, resolve }) {
            units.push(await resolve(UnitOfWork));
            emit(new Ordered("a"));
            emit(new Ordered("b"));
            yield 1;
            emit(new Ordered("last"));
          }),
          { scope: outer },
        ),
      );
      await mediator.publish(new Ordered("published"), { scope: outer });
      expect(units).toHaveLength(9);
      expect(new Set(units)).toEqual(new Set([outer.unit]));
      expect(gauge.peak).toBe(1);
      expect(container.states).toEqual(["open"]);
    }
  });

  it("works without a container (U3)", async () => {
    const { mediator } = recordingUnits({ container: undefined });
    const outer = new RecordingContainer().createScope();
    const unit = await mediator.send(new Do(({ resolve }) => resolve(UnitOfWork)), { scope: outer });
    expect(unit).toBe(outer.unit);
  });

  it("resolves handler classes, fallbacks and links of a chain in it (U3)", async () => {
    const seen: unknown[] = [];
    const sees = async (order: Order, { next, resolve }: ChainContext<Order>) => {
      seen.push(await resolve(UnitOfWork));
      return next(order);
    };
    const fails = async (_: Order, { resolve }: HandlerContext): Promise<string> => {
      seen.push(await resolve(UnitOfWork));
      throw new Error("broken");
    };
    const { container, mediator } = recordingUnits({
      commandsMapper: (map) =>
        map.bind(Order, [
          sees,
          fallback(fails, async (_: Order, { resolve }: HandlerContext) => {
            seen.push(await resolve(UnitOfWork));
            return "ordered";
          }),
        ]),
    });
    const outer = container.createScope();
    expect(await mediator.send(new Order(), { scope: outer })).toBe("ordered");
    expect(seen).toEqual([outer.unit, outer.unit, outer.unit]);
    expect(container.states).toEqual(["open"]);
  });

  it("is joined through middleware and read-ahead too (U3)", async () => {
    const { units, container, mediator } = recordingUnits({
      middlewares: [
        {
          request: (_request, next) => next(),
          stream: (_request, next) => next(),
          event: (_event, next) => next(),
        },
      ],
    });
    const outer = container.createScope();
    await mediator.send(
      new Do(async ({ emit, resolve }) => {
        units.push(await resolve(UnitOfWork));
        emit(new Ordered("a"));
      }),
      { scope: outer },
    );
    const stream = mediator.stream(
      new Flow(async function* ({ emit, resolve }) {
        units.push(await resolve(UnitOfWork));
        emit(new Ordered("b"));
        yield* [1, 2];
      }),
      { scope: outer, readAhead: 1 },
    );
    await collect(stream);
    expect(units).toHaveLength(4);
    expect(new Set(units)).toEqual(new Set([outer.unit]));
    expect(container.states).toEqual(["open"]);
  });

  it("is not closed when the handler fails, the stream is left, or the signal aborts (U3)", async () => {
    const { container, mediator } = recordingUnits();
    const outer = container.createScope();
    const error = new Error("broken");
    const sending = mediator.send(
      new Do(async ({ resolve }) => {
        await resolve(UnitOfWork);
        throw error;
      }),
      { scope: outer },
    );
    expect(await rejection(sending)).toBe(error);
    await rejection(mediator.publish(new Ordered("fails"), { scope: outer }));
    const outside = new WatchedSignal();
    for (const abort of [false, true]) {
      const stream = mediator.stream(
        new Flow(async function* ({ resolve }) {
          await resolve(UnitOfWork);
          yield* [1, 2];
        }),
        { scope: outer, signal: outside.signal },
      );
      await stream.next();
      if (abort) outside.abort();
      await stream.return();
    }
    expect(container.states).toEqual(["open"]);
    expect(outside.listeners).toBe(0);
  });

  it("holds only what joins it: a nested send has a scope of its own, unless it is given the scope (U3, U1)", async () => {
    const { container, mediator } = recordingUnits();
    const outer = container.createScope();
    const unitOf = new Do(({ resolve }) => resolve(UnitOfWork));
    const flow = new Flow<UnitOfWork>(async function* ({ resolve }) {
      yield await resolve(UnitOfWork);
    });
    const [own, ownItems, joined, joinedItems] = await mediator.send(
      new Do(async (context) => [
        await context.mediator.send(unitOf),
        await collect(context.mediator.stream(flow)),
        await context.mediator.send(unitOf, { scope: outer }),
        await collect(context.mediator.stream(flow, { scope: outer })),
      ]),
      { scope: outer },
    );
    expect(own).not.toBe(outer.unit);
    expect(ownItems).not.toEqual([outer.unit]);
    expect(joined).toBe(outer.unit);
    expect(joinedItems).toEqual([outer.unit]);
    expect(container.states).toEqual(["open", "committed", "committed"]);
  });

  it("joins the scope of one stream from several sends at once (U3)", async () => {
    const { container, mediator } = recordingUnits();
    const outer = container.createScope();
    const units = await Promise.all(
      [1, 2, 3].map(() => mediator.send(new Do(({ resolve }) => resolve(UnitOfWork)), { scope: outer })),
    );
    expect(new Set(units)).toEqual(new Set([outer.unit]));
    expect(container.states).toEqual(["open"]);
  });
});

describe('scope: "none" (U3)', () => {
  it("opens none; the container itself resolves (U3)", async () => {
    const { log, container, mediator } = application({ scope: "none" });
    await mediator.send(new Order());
    expect(log).toEqual(["handle", "event"]);
    expect(container.units).toEqual([]);
  });

  it("is the default without a container, and with one that has no scopes (U4)", async () => {
    for (const container of [undefined, { resolve: (token: unknown) => new (token as new () => never)() }]) {
      const { log, mediator } = application({ container });
      await mediator.send(new Order());
      expect(log).toEqual(["handle", "event"]);
    }
  });
});

describe("a container that cannot open scopes (U4)", () => {
  it('is an error at bootstrap under an explicit "handler" or "dispatch", never a silent nothing (U4)', () => {
    const withoutScopes: Container = { resolve: (token) => new (token as new () => never)() };
    for (const scope of ["handler", "dispatch"] as const) {
      for (const container of [withoutScopes, undefined]) {
        expect(() => bootstrap({ container, scope })).toThrow(ScopeUnsupportedError);
        expect(() => bootstrap({ container, scope })).toThrow(new RegExp(`"${scope}".*createScope`));
      }
    }
    expect(() => bootstrap({ container: withoutScopes, scope: "none" })).not.toThrow();
  });
});

describe("when scopes close (U1, S7)", () => {
  it("lets nobody wait for a scope whose handler streams on, and closes each exactly once (U1)", async () => {
    const container = new RecordingContainer();
    class Counts extends StreamingRequestHandler<Order> {
      async *handle(_: Order, { resolve }: HandlerContext) {
        yield (await resolve(UnitOfWork)).state;
        yield (await resolve(UnitOfWork)).state;
      }
    }
    const mediator = bootstrap({ container, commandsMapper: (map) => map.bind(Order, Counts) });
    const streams = [1, 2, 3].map(() => mediator.stream(new Order()));
    for (const stream of streams) await stream.next();
    expect(container.states).toEqual(["open", "open", "open"]);
    await Promise.all([
      streams[0]?.return(),
      streams[0]?.return(),
      collect(streams[1] as AsyncIterable<string>),
    ]);
    expect(container.states).toEqual(["committed", "committed", "open"]);
    const closing = mediator.close();
    expect(await stateOf(closing)).toBe("pending");
    await streams[2]?.return();
    await closing;
    expect(container.states).toEqual(["committed", "committed", "committed"]);
  });
});
