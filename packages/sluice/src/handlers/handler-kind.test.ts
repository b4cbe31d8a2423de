import { describe, expect, it } from "vitest";
import {
  ChainedRequestHandler,
  Command,
  DomainEvent,
  EventHandler,
  fallback,
  InvalidHandlerError,
  RequestHandler,
  StreamingRequestHandler,
} from "../index.js";
import { handlerKind, isClass } from "./handler-kind.js";

class Ask extends Command<number> {}
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

/** Streams without a generator, which only its base class can tell. */
class Forwards extends StreamingRequestHandler<Ask> {
  handle() {
    return new Streams().handle();
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

describe("the kind of a handler (R2, S12)", () => {
  it("is told by the base class, for the class and its instances", () => {
    for (const [handler, kind] of [
      [Answers, "request"],
      [Streams, "stream"],
      [Forwards, "stream"],
      [Passes, "chain"],
      [Hears, "event"],
    ] as const) {
      expect(handlerKind(handler)).toBe(kind);
      expect(handlerKind(new handler())).toBe(kind);
      class Derived extends (handler as typeof Answers) {}
      expect(handlerKind(Derived)).toBe(kind);
    }
  });

  it("is told by the syntax of handle, of functions, objects and classes alike", () => {
    class AsyncMethod {
      async handle() {}
    }
    class GeneratorMethod {
      async *handle() {}
    }
    class Method {
      handle() {}
    }
    for (const [handlers, kind] of [
      [[async () => 1, async function named() {}, { handle: async () => 1 }, AsyncMethod], "request"],
      [[async function* () {}, { async *handle() {} }, GeneratorMethod, new GeneratorMethod()], "stream"],
      [[() => 1, function named() {}, { handle: () => 1 }, Method, new Method()], "any"],
    ] as const) {
      for (const handler of handlers) expect(handlerKind(handler)).toBe(kind);
    }
  });

  it("is that of both handlers of a fallback", () => {
    expect(handlerKind(fallback(Answers, Answers))).toBe("request");
    expect(handlerKind(fallback(Streams, () => 1))).toBe("stream");
    expect(handlerKind(fallback(fallback(Passes, Passes), Passes))).toBe("chain");
    expect(handlerKind(fallback(Hears, Hears))).toBe("event");
  });

  it("is found in a class that was compiled to a function", () => {
    function Compiled() {}
    Compiled.prototype.handle = async () => 1;
    expect(isClass(Compiled)).toBe(true);
    expect(handlerKind(Compiled)).toBe("request");
  });

  it("takes an object with a prototype of its own, or with none", () => {
    expect(handlerKind(Object.create({ handle: async () => 1 }))).toBe("request");
    expect(handlerKind(Object.assign(Object.create(null), { handle: async () => 1 }))).toBe("request");
  });

  it("refuses what is no handler, saying what was given and what was expected", () => {
    class Plain {}
    class WithField {
      handle = 5;
    }
    for (const given of [
      undefined,
      null,
      0,
      5n,
      "Answers",
      true,
      Symbol("x"),
      [],
      {},
      { handle: {} },
      Plain,
      new WithField(),
    ]) {
      expect(() => handlerKind(given)).toThrow(InvalidHandlerError);
    }
    expect(() => handlerKind(Plain)).toThrow(/class Plain is no handler: expected .*handle\(\)/);
    expect(() => handlerKind(undefined)).toThrow(/^undefined is no handler/);
    expect(() => handlerKind({})).toThrow(/^a plain object is no handler/);
  });

  it("refuses a generator that is not async, and says what to write", () => {
    function* generates() {
      yield 1;
    }
    expect(() => handlerKind(generates)).toThrow(/generates.*async \*handle/);
    expect(() => handlerKind({ handle: generates })).toThrow(InvalidHandlerError);
  });

  it("refuses a class whose handle is a field, for it cannot be seen before an instance is made", () => {
    class Field {
      handle = async () => 1;
    }
    expect(() => handlerKind(Field)).toThrow(/Field.*method/);
    expect(handlerKind(new Field())).toBe("request");
  });
});

describe("telling a class from a function", () => {
  it("sees a class by its syntax, or by a handle in its prototype", () => {
    expect(isClass(class {})).toBe(true);
    expect(isClass(Answers)).toBe(true);
    expect(isClass(class extends Answers {})).toBe(true);
    for (const given of [
      () => 1,
      function named() {},
      async () => {},
      async function* () {},
      {},
      new Answers(),
      "class",
      null,
    ]) {
      expect(isClass(given)).toBe(false);
    }
  });

  it("is not led astray by a function whose name or text begins with class", () => {
    function classify() {}
    const classOf = () => "class";
    expect(isClass(classify)).toBe(false);
    expect(isClass(classOf)).toBe(false);
  });
});
