import { describe, expect, it } from "vitest";
import { bootstrap, type ChainContext, fallback, InvalidOptionError } from "../index.js";
import { collect, Do, Flow, quiet, rejection } from "../mediator/flow.fixture.js";
import { RecordingContainer, UnitOfWork, WatchedSignal } from "./recording.fixture.js";
import { application, Order, Ordered, recordingUnits } from "./scopes.fixture.js";

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
