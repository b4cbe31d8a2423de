import { describe, expect, it } from "vitest";
import {
  type Event,
  type HandlerContext,
  InvalidEventError,
  NoBrokerError,
  SharedHandlerError,
  StreamingRequestHandler,
} from "../index.js";
import { collect, rejection, Told } from "../mediator/flow.fixture.js";
import { application, Count, Noted, singletons } from "./emitting-handler.fixture.js";

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
