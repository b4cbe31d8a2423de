import { describe, expect, it } from "vitest";
import {
  bootstrap,
  bootstrapStreaming,
  ChainedRequestHandler,
  Command,
  DomainEvent,
  DuplicateHandlerError,
  EventHandler,
  fallback,
  InvalidHandlerError,
  InvalidRequestError,
  Query,
  RequestHandler,
  RequestMap,
  StreamingRequestHandler,
  WrongHandlerKindError,
} from "../index.js";

class Ask extends Query<number> {}
class Ordered extends DomainEvent {}

class Answers extends RequestHandler<Ask> {
  handle() {
    return 1;
  }
}

class Streams extends StreamingRequestHandler<Ask> {
  async *handle() {
    yield 1;
  }
}

class Passes extends ChainedRequestHandler<Ask> {
  handle(request: Ask) {
    return this.next(request);
  }
}

class Hears extends EventHandler<Ordered> {
  handle() {}
}

/** Binds what types would refuse. */
const bind =
  (requestClass: unknown, handler: unknown, options?: unknown) =>
  (map: RequestMap = new RequestMap()) =>
    map.bind(requestClass as typeof Ask, handler as typeof Answers, ...([options] as unknown as []));

describe("binding requests (R2)", () => {
  it("takes one handler of any form for a class, and gives the map back", () => {
    const map = new RequestMap();
    class Another extends Command<number> {}
    expect(map.bind(Ask, Answers)).toBe(map);
    map.bind(Another, () => 1);
    expect([...map.bindings].map(({ requestClass }) => requestClass)).toEqual([Ask, Another]);
  });

  it("refuses a second handler, naming the request and both handlers (R2)", () => {
    const map = new RequestMap().bind(Ask, Answers);
    class Second extends Answers {}
    expect(() => map.bind(Ask, Second)).toThrow(DuplicateHandlerError);
    expect(() => map.bind(Ask, Second)).toThrow(/Ask.*Answers.*Second/);
    expect(() => map.bind(Ask, [Passes])).toThrow(DuplicateHandlerError);
    expect(() => map.bind(Ask, Answers)).toThrow(DuplicateHandlerError);
  });

  it("refuses a second handler across commandsMapper and queriesMapper, at bootstrap (R2)", () => {
    expect(() =>
      bootstrap({
        commandsMapper: (map) => map.bind(Ask, Answers),
        queriesMapper: (map) => map.bind(Ask, () => 2),
      }),
    ).toThrow(DuplicateHandlerError);
  });

  it("keeps the first handler when a second was refused (R2)", async () => {
    const mediator = bootstrap({
      queriesMapper: (map) => {
        map.bind(Ask, () => 1);
        expect(() => map.bind(Ask, () => 2)).toThrow(DuplicateHandlerError);
      },
    });
    expect(await mediator.send(new Ask())).toBe(1);
  });

  it("takes a class and a class that extends it for two requests (R2)", () => {
    class Derived extends Ask {}
    expect(() => new RequestMap().bind(Ask, Answers).bind(Derived, Answers)).not.toThrow();
  });

  it("refuses what is no request class (R2)", () => {
    for (const given of [undefined, null, "Ask", 5, {}, new Ask(), class Plain {}, Ordered, () => {}]) {
      expect(bind(given, Answers)).toThrow(InvalidRequestError);
      expect(bind(given, Answers)).toThrow(/RequestMap\.bind/);
    }
  });

  it("refuses what is no handler, saying what was given (R2)", () => {
    for (const given of [undefined, null, 5, "Answers", {}, { handle: 5 }, class Plain {}, Symbol("x")]) {
      expect(bind(Ask, given)).toThrow(InvalidHandlerError);
    }
    expect(bind(Ask, class Plain {})).toThrow(/Plain/);
    expect(bind(Ask, { handle: 5 })).toThrow(/plain object/);
  });

  it("refuses an event handler, naming both classes (R2)", () => {
    for (const given of [Hears, new Hears(), fallback(Hears, Hears)]) {
      expect(bind(Ask, given)).toThrow(WrongHandlerKindError);
      expect(bind(Ask, given)).toThrow(/event handler.*Ask/);
    }
    expect(bind(Ask, Hears)).toThrow(/Hears/);
  });

  it("refuses a generator that is not async (R2, S12)", () => {
    expect(
      bind(Ask, function* () {
        yield 1;
      }),
    ).toThrow(InvalidHandlerError);
    class Generates {
      *handle() {
        yield 1;
      }
    }
    expect(bind(Ask, Generates)).toThrow(/Generates.*async/);
  });

  it("refuses a chain without links, and a link that is none (R2, R4)", () => {
    expect(bind(Ask, [])).toThrow(InvalidHandlerError);
    expect(bind(Ask, [])).toThrow(/Ask.*at least one/);
    expect(bind(Ask, [Passes, undefined])).toThrow(InvalidHandlerError);
    expect(bind(Ask, [Passes], { default: 5 })).toThrow(InvalidHandlerError);
    expect(bind(Ask, [[Passes]])).toThrow(InvalidHandlerError);
  });

  it("refuses streaming and event handlers as links of a chain, and as its default (R2, R4)", () => {
    for (const link of [Streams, Hears, async function* () {}]) {
      expect(bind(Ask, [Passes, link])).toThrow(WrongHandlerKindError);
      expect(bind(Ask, [Passes], { default: link })).toThrow(WrongHandlerKindError);
    }
    expect(bind(Ask, [Streams])).toThrow(/Streams.*Ask/);
  });

  it("refuses a link of a chain bound alone: it would have nothing to pass on to (R2, R4)", () => {
    expect(bind(Ask, Passes)).toThrow(WrongHandlerKindError);
    expect(bind(Ask, Passes)).toThrow(/Passes.*Ask/);
  });

  it("refuses a default beside a single handler: it would never be asked (R2)", () => {
    expect(bind(Ask, Answers, { default: Answers })).toThrow(/default/);
  });

  it("checks all that was bound at bootstrap: nothing waits for the first request (R2)", () => {
    expect(() => bootstrapStreaming({ queriesMapper: (map) => map.bind(Ask, Answers) })).toThrow(
      WrongHandlerKindError,
    );
    expect(() => bootstrap({ queriesMapper: bind(Ask, Hears) })).toThrow(WrongHandlerKindError);
    class Needs {
      constructor(readonly dependency: string) {}
      handle() {
        return 1;
      }
    }
    for (const given of [Needs, [Needs], fallback(Needs, Answers), fallback(Answers, Needs)]) {
      expect(() => bootstrap({ queriesMapper: bind(Ask, given) })).toThrow(/Needs/);
    }
    expect(() => bootstrap({ queriesMapper: bind(Ask, [Answers], { default: Needs }) })).toThrow(/Needs/);
  });
});
