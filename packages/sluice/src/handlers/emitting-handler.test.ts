import { describe, expect, it } from "vitest";
import {
  type AbstractClass,
  type BootstrapOptions,
  bootstrap,
  Command,
  DomainEvent,
  EmitOutsideHandlerError,
  type Event,
  EventHandler,
  type HandlerContext,
  InvalidEventError,
  NoBrokerError,
  RequestHandler,
  type RequestHandlerFor,
  SharedHandlerError,
  StreamingRequestHandler,
} from "../index.js";
import { collect, Gates, quiet, rejection, Told } from "../mediator/flow.fixture.js";
import { RecordingContainer } from "./recording.fixture.js";

class Count extends Command<string> {
  constructor(readonly name = "x") {
    super();
  }
}

class Noted extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

class Heard extends DomainEvent {
  constructor(readonly name: string) {
    super();
  }
}

/** A mediator with one handler, and the names of the events that were handled. */
function application(handler: RequestHandlerFor<Count>, options: Partial<BootstrapOptions> = {}) {
  const handled: string[] = [];
  const mediator = bootstrap({
    commandsMapper: (map) => map.bind(Count, handler),
    domainEventsMapper: (map) => map.bind(Noted, ({ name }) => handled.push(name)),
    ...options,
  });
  return { handled, mediator };
}

/** A container that hands out one instance of each class for ever, at once or after a while. */
function singletons(isAsync = false): RecordingContainer {
  const instances = new Map<unknown, unknown>();
  return new RecordingContainer({
    make: <T>(token: AbstractClass<T>) => {
      if (!instances.has(token)) instances.set(token, new (token as unknown as new () => T)());
      const instance = instances.get(token) as T;
      return isAsync ? (Promise.resolve(instance) as Promise<T>) : instance;
    },
  });
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

/** Keeps its events itself, as the first description of this system writes handlers. */
class Collects {
  #events: Event[] = [];

  get events(): readonly Event[] {
    return this.#events;
  }

  clearEvents(): void {
    this.#events = [];
  }

  async *handle({ name }: Count) {
    for (const n of [1, 2]) {
      this.#events.push(new Noted(`${name}${n}`));
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

describe("handlers that keep their events themselves (S2)", () => {
  const emitsWithFields = () => ({
    events: [] as Event[],
    clearEvents() {
      this.events = [];
    },
    async *handle({ name }: Count) {
      for (const n of [1, 2]) {
        this.events.push(new Noted(`${name}${n}`));
        yield `${name}${n}`;
      }
    },
  });

  it("handles the events of a plain object before each item, and clears them between the yields (S2, S3)", async () => {
    const plain = emitsWithFields();
    for (const handler of [plain, Collects, new Collects()]) {
      const { handled, mediator } = application(handler);
      for (const name of ["a", "b"]) {
        const seen: [string, string[]][] = [];
        for await (const item of mediator.stream(new Count(name))) seen.push([item, handled.splice(0)]);
        expect(seen).toEqual([
          [`${name}1`, [`${name}1`]],
          [`${name}2`, [`${name}2`]],
        ]);
      }
    }
    expect(plain.events).toEqual([]);
  });

  it("handles those after the last yield, and those of an object that answers once (S2, S4, R1)", async () => {
    const events: Event[] = [];
    const clearEvents = () => {
      events.length = 0;
    };
    const last = {
      events,
      clearEvents,
      async *handle({ name }: Count) {
        yield name;
        events.push(new Noted("last"));
      },
    };
    const streaming = application(last);
    await collect(streaming.mediator.stream(new Count()));
    expect(streaming.handled).toEqual(["last"]);
    const once = {
      events,
      clearEvents,
      async handle({ name }: Count) {
        events.push(new Noted("answered"));
        return name;
      },
    };
    const sending = application(once);
    await sending.mediator.send(new Count());
    expect(sending.handled).toEqual(["answered"]);
  });

  it("takes a subclass by its own events and clearEvents, whatever it makes of emit (S2)", async () => {
    class Overrides extends StreamingRequestHandler<Count> {
      readonly own: Event[] = [];
      override get events(): readonly Event[] {
        return this.own;
      }
      override clearEvents(): void {
        this.own.length = 0;
      }
      override emit(event: Event): void {
        this.own.push(event);
      }
      async *handle({ name }: Count, { emit }: HandlerContext) {
        for (const n of [1, 2]) {
          this.emit(new Noted(`${name}${n}`));
          emit(new Noted(`context ${name}${n}`));
          yield `${name}${n}`;
        }
        this.emit(new Noted("last"));
      }
    }
    for (const container of [undefined, singletons()]) {
      const { handled, mediator } = application(Overrides, { container });
      for (const name of ["a", "b"]) {
        const counts: string[][] = [];
        for await (const _ of mediator.stream(new Count(name))) counts.push(handled.splice(0).sort());
        expect(counts).toEqual([
          [`${name}1`, `context ${name}1`],
          [`${name}2`, `context ${name}2`],
        ]);
        expect(handled.splice(0)).toEqual(["last"]);
      }
    }
  });

  it("refuses to guess whose events they are when it serves two dispatches, and mixes none (S2)", async () => {
    for (const container of [singletons(), singletons(true)]) {
      const { handled, mediator } = application(Collects, { container });
      const a = mediator.stream(new Count("a"));
      const b = mediator.stream(new Count("b"));
      expect((await a.next()).value).toBe("a1");
      const error = await rejection(b.next());
      expect(error).toBeInstanceOf(SharedHandlerError);
      expect(error.message).toMatch(/Collects.*context\.emit.*lifetime/);
      expect(handled).toEqual(["a1"]);
      // Whose the event is, nobody knows: it may be told to the other one too, but goes out for neither.
      await a.return().catch(() => {});
      expect(await collect(mediator.stream(new Count("c")))).toEqual(["c1", "c2"]);
      expect(handled).toEqual(["a1", "c1", "c2"]);
    }
  });

  it("serves several dispatches at once when it emits nothing itself (S2)", async () => {
    const shared = {
      events: [] as Event[],
      clearEvents() {
        this.events = [];
      },
      async *handle({ name }: Count, { emit }: HandlerContext) {
        for (const n of [1, 2]) {
          emit(new Noted(`${name}${n}`));
          yield `${name}${n}`;
        }
      },
    };
    const { handled, mediator } = application(shared);
    const [a, b] = [mediator.stream(new Count("a")), mediator.stream(new Count("b"))];
    for (const stream of [a, b, b, a]) await stream.next();
    expect(handled).toEqual(["a1", "b1", "b2", "a2"]);
    await Promise.all([a.return(), b.return()]);
  });

  it("forgets what a failed or a left dispatch kept (S2)", async () => {
    let how: "fails" | "is left" | "ends" = "fails";
    const keeps = {
      events: [] as Event[],
      clearEvents() {
        this.events = [];
      },
      async *handle({ name }: Count) {
        yield name;
        this.events.push(new Noted(`${name} ${how}`));
        if (how === "fails") throw new Error("broken");
      },
    };
    const { handled, mediator } = application(keeps);
    await rejection(collect(mediator.stream(new Count("a"))));
    how = "is left";
    for await (const _ of mediator.stream(new Count("b"))) {
      keeps.events.push(new Noted("pushed and left"));
      break;
    }
    how = "ends";
    await collect(mediator.stream(new Count("c")));
    expect(handled).toEqual(["c ends"]);
  });

  it("refuses what is no event, or has no broker, when it comes to take it: the handler is stopped (S2, E1)", async () => {
    for (const [given, expected] of [
      [{ name: "no event" }, InvalidEventError],
      [new Told(), NoBrokerError],
    ] as const) {
      for (const at of ["item", "end"]) {
        for (const readAhead of [0, 1]) {
          const ended: string[] = [];
          const keeps = {
            events: [] as Event[],
            clearEvents() {
              this.events = [];
            },
            async *handle({ name }: Count) {
              try {
                if (at === "item") this.events.push(given as Event);
                yield name;
                if (at === "end") this.events.push(given as Event);
              } finally {
                ended.push("finally");
              }
            },
          };
          const { mediator } = application(keeps);
          const error = await rejection(collect(mediator.stream(new Count(), { readAhead })));
          expect(error).toBeInstanceOf(expected);
          expect(ended).toEqual(["finally"]);
          expect(keeps.events).toEqual([]);
          await mediator.close();
        }
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
