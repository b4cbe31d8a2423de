import { describe, expect, it, vi } from "vitest";
import { DevNullMessageBroker } from "../brokers/dev-null-message-broker.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { InvalidEventError, NoBrokerError } from "../handlers/handler-errors.js";
import { bootstrap } from "../mediator/bootstrap.js";
import {
  bindBodies,
  collect,
  Do,
  Flow,
  Gates,
  RecordingBroker,
  RecordingLogger,
  rejection,
  Told,
} from "../mediator/flow.fixture.js";
import { DomainEvent } from "../messages/domain-event.js";
import { NotificationEvent } from "../messages/notification-event.js";
import { EventEmitter } from "./event-emitter.js";
import { EventHandler } from "./event-handler.js";
import { EventMap } from "./event-map.js";

class Animal extends DomainEvent {}
class Cat extends Animal {}
class Kitten extends Cat {}
class Stone extends DomainEvent {}

const logger = new RecordingLogger();

describe("a domain event", () => {
  it("goes to every handler bound to its class, started in the order of binding (E1)", async () => {
    const gates = new Gates();
    class Second extends EventHandler<Cat> {
      handle() {
        return gates.pass("a class");
      }
    }
    const mediator = bootstrap({
      domainEventsMapper: (map) =>
        map
          .bind(Cat, () => gates.pass("a function"))
          .bind(Cat, Second)
          .bind(Cat, { handle: () => gates.pass("an object") })
          .bind(Cat, () => gates.pass("another function")),
    });
    const published = mediator.publish(new Cat());
    await gates.openAll();
    await published;
    expect(gates.arrived).toEqual(["a function", "a class", "an object", "another function"]);
  });

  it("goes to handlers of its base classes too, all in the order of binding (E1)", async () => {
    const calls: string[] = [];
    const mediator = bootstrap({
      domainEventsMapper: (map) =>
        map
          .bind(Kitten, () => calls.push("Kitten"))
          .bind(DomainEvent, () => calls.push("DomainEvent"))
          .bind(Cat, () => calls.push("Cat"))
          .bind(Animal, () => calls.push("Animal"))
          .bind(Stone, () => calls.push("Stone")),
    });
    await mediator.publish(new Kitten());
    expect(calls.splice(0)).toEqual(["Kitten", "DomainEvent", "Cat", "Animal"]);
    await mediator.publish(new Animal());
    expect(calls.splice(0)).toEqual(["DomainEvent", "Animal"]);
    await mediator.publish(new Stone());
    expect(calls).toEqual(["DomainEvent", "Stone"]);
  });

  it("reaches each handler as the very object that was emitted, with a context (E1)", async () => {
    const seen: [unknown, HandlerContext][] = [];
    const event = new Cat();
    const mediator = bootstrap({
      domainEventsMapper: (map) => map.bind(Animal, (given, context) => seen.push([given, context])),
    });
    await mediator.publish(event);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.[0]).toBe(event);
    expect(seen[0]?.[1].signal.aborted).toBe(false);
  });

  it("does not go to the broker (E1)", async () => {
    const messageBroker = new RecordingBroker();
    const mediator = bootstrap({ messageBroker, domainEventsMapper: (map) => map.bind(Cat, () => {}) });
    await mediator.publish(new Cat());
    expect(messageBroker.messages).toEqual([]);
  });

  it("has its handlers looked up once for its class (E1)", () => {
    const bindings = new EventMap().bind(Animal, () => {}).bind(Cat, () => {}).bindings;
    const options = { bindings, container: undefined, messageBroker: undefined, layers: [], logger };
    const emitter = new EventEmitter(options);
    const routes = emitter.routesFor(new Cat());
    expect(routes).toHaveLength(2);
    const compared = vi.spyOn(Object.prototype, "isPrototypeOf");
    try {
      expect(emitter.routesFor(new Cat())).toBe(routes);
      expect(compared).not.toHaveBeenCalled();
      expect(emitter.routesFor(new Kitten())).not.toBe(routes);
      expect(compared).toHaveBeenCalled();
      compared.mockClear();
      expect(emitter.routesFor(new Cat())).toBe(routes);
      expect(compared).not.toHaveBeenCalled();
    } finally {
      compared.mockRestore();
    }
  });

  it.each([["text"], [null], [undefined], [Stone]])(
    "with a field named constructor that is %o goes where its class does (E1)",
    async (value) => {
      const handled = vi.fn();
      const log = new RecordingLogger();
      const mediator = bootstrap({
        logger: log,
        domainEventsMapper: (map) => map.bind(Cat, handled).bind(Stone, () => expect.unreachable()),
      });
      await mediator.publish(Object.assign(new Cat(), { constructor: value }));
      expect(handled).toHaveBeenCalledTimes(1);
      await mediator.publish(Object.assign(new Animal(), { constructor: value }));
      expect(log.lines).toEqual([expect.stringContaining("Animal has no handler")]);
    },
  );
});

describe("a domain event without handler", () => {
  it("is logged once for its class, and is no error (E9)", async () => {
    const log = new RecordingLogger();
    const mediator = bootstrap({
      logger: log,
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Kitten, () => {}),
    });
    const twice = new Do(({ emit }) => {
      emit(new Cat());
      emit(new Cat());
    });
    await mediator.send(twice);
    await mediator.publish(new Cat());
    await mediator.publish(new Kitten());
    expect(log.lines).toEqual([expect.stringMatching(/^warn: Cat has no handler/)]);
    await mediator.publish(new Stone());
    await mediator.publish(new Stone());
    expect(log.lines).toHaveLength(2);
    expect(log.details[1]).toEqual({ event: "Stone" });
  });

  it("is not logged when a handler of a base class takes it (E9)", async () => {
    const log = new RecordingLogger();
    const mediator = bootstrap({ logger: log, domainEventsMapper: (map) => map.bind(Animal, () => {}) });
    await mediator.publish(new Kitten());
    expect(log.lines).toEqual([]);
  });
});

describe("a notification event", () => {
  it("goes to the message broker as a message (E1)", async () => {
    const messageBroker = new RecordingBroker();
    const mediator = bootstrap({ messageBroker, commandsMapper: bindBodies });
    const event = new Told(7, "k");
    await mediator.send(new Do(({ emit }) => emit(event)));
    expect(messageBroker.messages).toEqual([
      {
        id: event.eventId,
        name: "test.told",
        topic: "test",
        key: "k",
        timestamp: event.eventTimestamp,
        headers: expect.anything(),
        payload: { n: 7 },
      },
    ]);
  });

  it("keeps its id on every publishing of it (M3)", async () => {
    const messageBroker = new RecordingBroker();
    const mediator = bootstrap({ messageBroker });
    const event = new Told();
    await mediator.publish(event);
    await mediator.publish(event);
    expect(messageBroker.messages.map(({ id }) => id)).toEqual([event.eventId, event.eventId]);
  });

  it("is awaited: the broker has it before the answer leaves (E1, R1)", async () => {
    const gates = new Gates();
    const messageBroker = { publish: () => gates.pass("broker"), close: async () => {} };
    const mediator = bootstrap({ messageBroker, commandsMapper: bindBodies });
    let answered = false;
    const sent = mediator.send(new Do(({ emit }) => emit(new Told()))).then(() => {
      answered = true;
    });
    await gates.openAll().then(() => sent);
    expect(gates.arrived).toEqual(["broker"]);
    expect(answered).toBe(true);
  });

  it("gives the broker a signal that aborts with the dispatch (E1)", async () => {
    let signal: AbortSignal | undefined;
    const stop = new AbortController();
    const messageBroker = new RecordingBroker();
    messageBroker.publish = async (_, options) => {
      signal = options.signal;
      stop.abort("enough");
    };
    const mediator = bootstrap({ messageBroker, commandsMapper: bindBodies });
    const sent = mediator.send(new Do(({ emit }) => emit(new Told())), { signal: stop.signal });
    expect(await rejection(sent)).toBe("enough");
    expect(signal?.reason).toBe("enough");
  });

  it("without a broker is an error that names the fix, before anything is handled (E1)", async () => {
    const handled = vi.fn();
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Cat, handled),
    });
    const body = ({ emit }: HandlerContext) => {
      emit(new Cat());
      emit(new Told());
    };
    const error = await rejection(mediator.send(new Do(body)));
    expect(error).toBeInstanceOf(NoBrokerError);
    expect(error.message).toMatch(/an instance of Told .*messageBroker.*DevNullMessageBroker/);
    const streamed = new Flow(async function* (context) {
      body(context);
      yield 1;
    });
    expect(await rejection(collect(mediator.stream(streamed)))).toBeInstanceOf(NoBrokerError);
    expect(await rejection(mediator.publish(new Told()))).toBeInstanceOf(NoBrokerError);
    expect(handled).not.toHaveBeenCalled();
  });

  it("is discarded on purpose by a DevNullMessageBroker (E1)", async () => {
    const messageBroker = new DevNullMessageBroker();
    const mediator = bootstrap({ messageBroker, commandsMapper: bindBodies });
    await mediator.publish(new Told());
    await expect(
      mediator.send(
        new Do(({ emit }) => {
          emit(new Told());
          return "answer";
        }),
      ),
    ).resolves.toBe("answer");
    await expect(messageBroker.close()).resolves.toBeUndefined();
  });

  it("cannot be bound to handlers; the error says where it goes (E1)", () => {
    expect(() => new EventMap().bind(NotificationEvent as never, () => {})).toThrow(InvalidEventError);
    expect(() => new EventMap().bind(Told as never, () => {})).toThrow(/class Told.*message broker/);
  });
});

describe("anything else that is emitted", () => {
  const noEvents: [string, unknown][] = [
    ["undefined", undefined],
    ["null", null],
    ["a string", "Cat"],
    ["a number", 1],
    ["a plain object", { eventName: "cat" }],
    ["an array of events", [new Cat()]],
    ["an event class", Cat],
    ["a request", new Do(() => {})],
  ];

  it.each(noEvents)("is an error that says what was given: %s (E1)", async (_, given) => {
    const handled = vi.fn();
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(DomainEvent, handled),
    });
    const body = ({ emit }: HandlerContext) => {
      emit(new Cat());
      emit(given as Cat);
    };
    const error = await rejection<InvalidEventError>(mediator.send(new Do(body)));
    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error.code).toBe("SLUICE_INVALID_EVENT");
    expect(error.given).toBe(given);
    expect(error.message).toContain("expected an instance of a class that extends DomainEvent");
    expect(await rejection(mediator.publish(given as Cat))).toBeInstanceOf(InvalidEventError);
    expect(handled).not.toHaveBeenCalled();
  });

  it.each(noEvents)("is an error in the events of a plain handler object too: %s (E1)", async (_, given) => {
    const handler = {
      events: [] as unknown[],
      clearEvents() {
        this.events.length = 0;
      },
      async *handle() {
        this.events.push(given);
        yield 1;
      },
    };
    const mediator = bootstrap({ commandsMapper: (map) => map.bind(Flow<unknown>, handler) });
    const stream = mediator.stream(new Flow(async function* () {}));
    expect(await rejection(collect(stream))).toBeInstanceOf(InvalidEventError);
    expect(handler.events).toEqual([]);
  });
});
