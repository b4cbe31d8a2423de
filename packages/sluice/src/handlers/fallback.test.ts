import { describe, expect, it } from "vitest";
import {
  bootstrap,
  EventHandler,
  type FallbackOptions,
  fallback,
  InvalidHandlerError,
  InvalidOptionError,
  RequestHandler,
  StreamingRequestHandler,
} from "../index.js";
import { quiet, rejection } from "../mediator/flow.fixture.js";
import { CountingBreaker } from "./counting-breaker.fixture.js";
import { answers, asking, fails, GetPrice, Noted, NotFoundError, price } from "./fallback.fixture.js";
import { WatchedSignal } from "./recording.fixture.js";

class DeepNotFoundError extends NotFoundError {}

describe("a fallback for requests (R5)", () => {
  it("runs on any failure when no exceptions are named (R5)", async () => {
    for (const failureExceptions of [undefined, []]) {
      for (const error of [new Error("broken"), undefined, null, "text"]) {
        const options: FallbackOptions = failureExceptions === undefined ? {} : { failureExceptions };
        expect(await asking(fallback(fails(error), answers, options)).ask()).toBe(price);
      }
    }
  });

  it("runs on the named exceptions and what extends them, and on no other (R5)", async () => {
    const options = { failureExceptions: [NotFoundError, RangeError] };
    for (const error of [new NotFoundError(), new DeepNotFoundError(), new RangeError()]) {
      expect(await asking(fallback(fails(error), answers, options)).ask()).toBe(price);
    }
    for (const error of [new Error("other"), new TypeError(), undefined, "NotFoundError"]) {
      const answer = asking(fallback(fails(error), answers, options)).ask();
      expect(await answer.catch((given: unknown) => ({ given }))).toEqual({ given: error });
    }
  });

  it("is not touched when the primary succeeds (R5)", async () => {
    let made = 0;
    class Secondary extends RequestHandler<GetPrice> {
      constructor() {
        super();
        made++;
      }
      handle() {
        return 0;
      }
    }
    class Primary extends RequestHandler<GetPrice> {
      handle() {
        this.emit(new Noted("primary"));
        return price;
      }
    }
    const { ask, handled, container } = asking(fallback(Primary, Secondary));
    expect(await ask()).toBe(price);
    expect(made).toBe(0);
    expect(handled).toEqual(["primary"]);
    expect(container.states).toEqual(["committed"]);
  });

  it("runs when the primary cannot be constructed or resolved (R5)", async () => {
    class Primary extends RequestHandler<GetPrice> {
      constructor() {
        super();
        throw new NotFoundError("no service");
      }
      handle() {
        return 0;
      }
    }
    expect(await asking(fallback(Primary, answers)).ask()).toBe(price);
    expect(await asking(fallback(Primary, answers), { container: undefined }).ask()).toBe(price);
  });

  it("discards the events of the failed primary, and processes those of the fallback (R5)", async () => {
    class Primary extends RequestHandler<GetPrice> {
      async handle(): Promise<number> {
        this.emit(new Noted("primary"));
        throw new Error("broken");
      }
    }
    class Secondary extends RequestHandler<GetPrice> {
      handle() {
        this.emit(new Noted("fallback"));
        return price;
      }
    }
    const { ask, handled } = asking(fallback(Primary, Secondary));
    await ask();
    expect(handled).toEqual(["fallback"]);
  });

  it("discards the events of a failed primary that keeps them itself, and does not emit them again (R5)", async () => {
    const primary = {
      events: [] as Noted[],
      clearEvents() {
        this.events = [];
      },
      handle(): number {
        this.events.push(new Noted("primary"));
        throw new Error("broken");
      },
    };
    const { ask, handled } = asking(fallback(primary, answers));
    await ask();
    await ask();
    expect(handled).toEqual([]);
    expect(primary.events).toEqual([]);
  });

  it("fails with the error of the fallback when that fails too (R5)", async () => {
    const error = new Error("both broken");
    expect(await rejection(asking(fallback(fails(new Error("first")), fails(error))).ask())).toBe(error);
  });

  it("may be nested, on either side (R5)", async () => {
    const { ask, handled } = asking(
      fallback(
        fallback(fails(new Error("one")), fails(new Error("two"))),
        fallback(fails(new Error("three")), async (_: GetPrice, { emit }) => {
          emit(new Noted("four"));
          return price;
        }),
      ),
    );
    expect(await ask()).toBe(price);
    expect(handled).toEqual(["four"]);
  });

  it("stands in for an event handler too (R5)", async () => {
    const handled: string[] = [];
    class Primary extends EventHandler<Noted> {
      handle(event: Noted) {
        this.emit(new Noted(`lost follow-up of ${event.name}`));
        throw new NotFoundError();
      }
    }
    class Secondary extends EventHandler<Noted> {
      handle({ name }: Noted) {
        handled.push(name);
      }
    }
    const mediator = bootstrap({
      domainEventsMapper: (map) =>
        map.bind(Noted, fallback(Primary, Secondary, { failureExceptions: [NotFoundError] })),
    });
    await mediator.publish(new Noted("a"));
    expect(handled).toEqual(["a"]);
  });
});

describe("a fallback and a dispatch that was told to stop (R5)", () => {
  it("never runs on an AbortError, even a named one (R5)", async () => {
    const error = new DOMException("stop", "AbortError");
    for (const options of [{}, { failureExceptions: [DOMException] }]) {
      expect(await rejection(asking(fallback(fails(error), answers, options)).ask())).toBe(error);
    }
  });

  it("does not run after the caller's signal aborted, whatever its reason (R5)", async () => {
    for (const reason of [new Error("The caller left."), new DOMException("late", "TimeoutError")]) {
      const outside = new WatchedSignal();
      const breaker = new CountingBreaker();
      let ran = false;
      const { mediator } = asking(
        fallback(
          (_: GetPrice, { signal }) =>
            new Promise<number>((_resolve, reject) => {
              signal.addEventListener("abort", () => reject(signal.reason));
            }),
          () => {
            ran = true;
            return price;
          },
          { circuitBreaker: breaker },
        ),
      );
      const answer = mediator.send(new GetPrice(), { signal: outside.signal });
      await quiet();
      outside.abort(reason);
      expect(await rejection(answer)).toBe(reason);
      await mediator.close();
      expect(ran).toBe(false);
      expect(breaker.outcomes).toEqual(["success"]);
    }
  });

  it("runs on a time-out of the primary's own, for nobody told the dispatch to stop (R5)", async () => {
    const error = new DOMException("the service is slow", "TimeoutError");
    expect(await asking(fallback(fails(error), answers)).ask()).toBe(price);
  });
});

describe("what fallback() refuses (R5, R2)", () => {
  class Answers extends RequestHandler<GetPrice> {
    handle() {
      return 1;
    }
  }
  class Streams extends StreamingRequestHandler<GetPrice> {
    async *handle() {
      yield 1;
    }
  }
  class Hears extends EventHandler<Noted> {
    handle() {}
  }

  it("refuses handlers of different kinds, naming both (R2)", () => {
    for (const [one, other] of [
      [Answers, Streams],
      [Streams, Hears],
      [async () => 1, Streams],
      [
        new Answers(),
        async function* () {
          yield 1;
        },
      ],
      [fallback(Answers, Answers), Streams],
    ]) {
      expect(() => fallback(one, other)).toThrow(InvalidHandlerError);
      expect(() => fallback(other, one)).toThrow(InvalidHandlerError);
    }
    expect(() => fallback(Answers, Streams)).toThrow(/Answers.*request.*Streams.*stream/);
  });

  it("takes a function of either kind beside any handler (R5)", () => {
    expect(() => fallback(Answers, () => 1)).not.toThrow();
    expect(() => fallback(() => 1, Streams)).not.toThrow();
    expect(fallback(() => 1, Streams).kind).toBe("stream");
    expect(fallback(Streams, () => 1).kind).toBe("stream");
    expect(
      fallback(
        () => 1,
        () => 2,
      ).kind,
    ).toBe("any");
  });

  it("refuses what is no handler, and options out of range (R2)", () => {
    for (const given of [undefined, null, 5, {}, class Plain {}]) {
      expect(() => fallback(Answers, given)).toThrow(InvalidHandlerError);
      expect(() => fallback(given, Answers)).toThrow(InvalidHandlerError);
    }
    const refused = (options: unknown) => () => fallback(Answers, Answers, options as FallbackOptions);
    expect(refused({ failureExceptions: ["NotFoundError"] })).toThrow(InvalidOptionError);
    expect(refused({ failureExceptions: NotFoundError })).toThrow(InvalidOptionError);
    expect(refused({ failureExceptions: [() => true] })).toThrow(InvalidOptionError);
    expect(refused({ circuitBreaker: {} })).toThrow(InvalidOptionError);
    expect(refused({ circuitBreaker: { execute: () => {} } })).toThrow(InvalidOptionError);
    expect(refused(null)).toThrow(InvalidOptionError);
  });
});
