import { describe, expect, it } from "vitest";
import { bootstrap, type Container, type HandlerContext, StreamingRequestHandler } from "../index.js";
import { collect, Do, Flow, rejection } from "../mediator/flow.fixture.js";
import { RecordingContainer, stateOf, UnitOfWork } from "./recording.fixture.js";
import { application, Order, Ordered, recordingUnits } from "./scopes.fixture.js";

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
