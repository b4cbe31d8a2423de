import { describe, expect, it } from "vitest";
import {
  bootstrap,
  DomainEvent,
  EmitOutsideHandlerError,
  type Event,
  EventHandler,
  type HandlerContext,
  RequestHandler,
  SharedHandlerError,
  StreamingRequestHandler,
} from "../index.js";
import { collect, Gates, quiet, rejection, Told } from "../mediator/flow.fixture.js";
import { application, Count, Noted, singletons } from "./emitting-handler.fixture.js";
import { RecordingContainer } from "./recording.fixture.js";

class Heard extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

/** Emits by `context.emit`, in two items. */
class ByContext extends StreamingRequestHandler<Count> {
  async *handle({ name }: Count, { emit }: HandlerContext) {
    for (const n of [1, 2]) {
      emit(new Noted(`${name}${n}`));
      yield `${name}${n}`;
    }
  }
}

/** Emits by `this.emit`, in two items. */
class ByThis extends StreamingRequestHandler<Count> {
  async *handle({ name }: Count) {
    for (const n of [1, 2]) {
      this.emit(new Noted(`${name}${n}`));
      yield `${name}${n}`;
    }
  }
}

describe("one instance for ever (S2)", () => {
  it("never mixes the events of two streams on one instance: each goes out before its own item (S2)", async () => {
    for (const handler of [ByContext, new ByContext()]) {
      for (const isAsync of [false, true]) {
        const { handled, mediator } = application(handler, { container: singletons(isAsync) });
        const a = mediator.stream(new Count("a"));
        const b = mediator.stream(new Count("b"));
        const seen: [unknown, string[]][] = [];
        for (const stream of [a, b, b, a, a, b]) seen.push([(await stream.next()).value, handled.splice(0)]);
        expect(seen).toEqual([
          ["a1", ["a1"]],
          ["b1", ["b1"]],
          ["b2", ["b2"]],
          ["a2", ["a2"]],
          [undefined, []],
          [undefined, []],
        ]);
      }
    }
  });

  it("never mixes events that are emitted at the same moment (S2)", async () => {
    const gates = new Gates();
    class Waits extends RequestHandler<Count> {
      async handle({ name }: Count, { emit }: HandlerContext) {
        emit(new Noted(`${name} before`));
        await gates.pass(name);
        emit(new Noted(`${name} after`));
        return name;
      }
    }
    const { handled, mediator } = application(Waits, { container: singletons() });
    const a = mediator.send(new Count("a"));
    const b = mediator.send(new Count("b"));
    a.catch(() => {});
    await quiet();
    await gates.open("b");
    expect(await b).toBe("b");
    expect(handled).toEqual(["b before", "b after"]);
    await gates.fail("a", new Error("broken"));
    await rejection(a);
    expect(handled).toEqual(["b before", "b after"]);
  });

  it("lets it use this.emit as long as it serves one dispatch at a time, and never emits old events again (S2)", async () => {
    for (const container of [singletons(), singletons(true), undefined]) {
      const { handled, mediator } = application(ByThis, { container });
      for (const name of ["a", "b", "c"]) {
        expect(await collect(mediator.stream(new Count(name)))).toEqual([`${name}1`, `${name}2`]);
        expect(handled.splice(0)).toEqual([`${name}1`, `${name}2`]);
      }
    }
  });

  it("refuses this.emit while it serves two, naming context.emit and the lifetime setting (S2)", async () => {
    const { handled, mediator } = application(ByThis, { container: singletons() });
    const a = mediator.stream(new Count("a"));
    const b = mediator.stream(new Count("b"));
    await a.next();
    const error = await rejection(b.next());
    expect(error).toBeInstanceOf(SharedHandlerError);
    expect(error.message).toMatch(/ByThis.*context\.emit.*lifetime/);
    expect(handled).toEqual(["a1"]);
    expect(await collect(a)).toEqual(["a2"]);
    expect(handled).toEqual(["a1", "a2"]);
  });

  it("refuses it to the one that came first, too, as long as the other is there (S2)", async () => {
    class Idle extends StreamingRequestHandler<Count> {
      async *handle({ name }: Count) {
        yield name;
        this.emit(new Noted(name));
        yield name;
      }
    }
    const { handled, mediator } = application(Idle, { container: singletons() });
    const [a, b, c] = ["a", "b", "c"].map((name) => mediator.stream(new Count(name)));
    for (const stream of [a, b, c]) await stream?.next();
    expect(await rejection(a?.next() as Promise<unknown>)).toBeInstanceOf(SharedHandlerError);
    expect(await rejection(b?.next() as Promise<unknown>)).toBeInstanceOf(SharedHandlerError);
    await c?.next();
    expect(handled).toEqual(["c"]);
    await c?.return();
    expect(await collect(mediator.stream(new Count("d")))).toEqual(["d", "d"]);
    expect(handled).toEqual(["c", "d"]);
  });

  it("gives each dispatch an instance of its own where nothing is shared, so that this.emit just works (S2)", async () => {
    for (const container of [undefined, new RecordingContainer()]) {
      const { handled, mediator } = application(ByThis, { container });
      const a = mediator.stream(new Count("a"));
      const b = mediator.stream(new Count("b"));
      for (const stream of [a, b, b, a]) await stream.next();
      expect(handled).toEqual(["a1", "b1", "b2", "a2"]);
      await Promise.all([a.return(), b.return()]);
    }
  });

  it("does not emit what a failed dispatch left behind (S2)", async () => {
    let fails = true;
    class Sometimes extends RequestHandler<Count> {
      handle({ name }: Count) {
        this.emit(new Noted(name));
        if (fails) throw new Error("broken");
        return name;
      }
    }
    const { handled, mediator } = application(Sometimes, { container: singletons() });
    await rejection(mediator.send(new Count("a")));
    fails = false;
    await mediator.send(new Count("b"));
    expect(handled).toEqual(["b"]);
  });

  it("refuses this.emit between two dispatches: nobody would handle the event (S2)", async () => {
    const instance = new ByThis();
    const { handled, mediator } = application(instance);
    await collect(mediator.stream(new Count("a")));
    expect(() => instance.emit(new Noted("late"))).toThrow(EmitOutsideHandlerError);
    const left = mediator.stream(new Count("b"));
    await left.next();
    await left.return();
    expect(() => instance.emit(new Noted("late"))).toThrow(EmitOutsideHandlerError);
    expect(handled).toEqual(["a1", "a2", "b1"]);
  });

  it("holds for event handlers too: follow-ups of two events on one instance (S2)", async () => {
    const gates = new Gates();
    for (const own of [false, true]) {
      class Hears extends EventHandler<Heard> {
        async handle({ name }: Heard, { emit }: HandlerContext) {
          await gates.pass(name);
          if (own) this.emit(new Noted(name));
          else emit(new Noted(name));
        }
      }
      const handled: string[] = [];
      const mediator = bootstrap({
        container: singletons(),
        domainEventsMapper: (map) => map.bind(Heard, Hears).bind(Noted, ({ name }) => handled.push(name)),
      });
      const published = Promise.allSettled([
        mediator.publish(new Heard("a")),
        mediator.publish(new Heard("b")),
      ]);
      await quiet();
      await gates.open("a");
      await gates.open("b");
      const [a, b] = await published;
      if (own) {
        expect(a).toMatchObject({ reason: { errors: [{ code: "SLUICE_HANDLER_SHARED" }] } });
        expect(b).toMatchObject({ status: "fulfilled" });
        expect(handled).toEqual(["b"]);
      } else {
        expect(handled).toEqual(["a", "b"]);
      }
    }
  });
});

describe("looking at what was emitted", () => {
  it("shows in a unit test, without any mediator, what handle emitted", async () => {
    const handler = new ByThis();
    expect(handler.events).toEqual([]);
    const items = handler.handle(new Count("a"));
    await items.next();
    await items.next();
    expect(handler.events).toEqual([new Noted("a1"), new Noted("a2")]);
    handler.clearEvents();
    expect(handler.events).toEqual([]);
  });

  it("shows the events since the last yield while the mediator runs it; clearEvents takes them back", async () => {
    const seen: (readonly Event[])[] = [];
    class Looks extends StreamingRequestHandler<Count> {
      async *handle() {
        this.emit(new Noted("taken back"));
        seen.push(this.events);
        this.clearEvents();
        seen.push(this.events);
        this.emit(new Noted("a"));
        seen.push(this.events);
        yield "item";
        seen.push(this.events);
      }
    }
    const { handled, mediator } = application(Looks);
    expect(await collect(mediator.stream(new Count()))).toEqual(["item"]);
    expect(handled).toEqual(["a"]);
    expect(seen).toEqual([[new Noted("taken back")], [], [new Noted("a")], []]);
  });

  it("refuses at the emit what is no event, and what has no broker, saying what to do (E1)", async () => {
    class Emits extends RequestHandler<Count> {
      async handle() {
        const errors: string[] = [];
        for (const given of [undefined, null, {}, "Noted", Noted, new Told()]) {
          try {
            this.emit(given as Event);
          } catch (error) {
            errors.push((error as { code: string }).code);
          }
        }
        return errors.join(" ");
      }
    }
    const { mediator } = application(Emits);
    expect(await mediator.send(new Count())).toBe(`${"SLUICE_INVALID_EVENT ".repeat(5)}SLUICE_NO_BROKER`);
  });
});
