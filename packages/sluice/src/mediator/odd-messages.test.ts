import { describe, expect, it, vi } from "vitest";
import { DomainEvent } from "../messages/domain-event.js";
import { NotificationEvent } from "../messages/notification-event.js";
import { Ask, AskHandler, Count, CountHandler, misuse, Paid, Unknown } from "./bad-input.fixture.js";
import { bootstrap } from "./bootstrap.js";
import { bindBodies, Do, RecordingLogger, Told } from "./flow.fixture.js";

describe("a message with odd fields", () => {
  const odd = <M extends object>(message: M): M => {
    for (const name of ["constructor", "__proto__", "prototype", "hasOwnProperty", "toString", "then"]) {
      Object.defineProperty(message, name, { value: null, enumerable: true });
    }
    return message;
  };

  it("is handled as its class says, and named so in errors", async () => {
    const handled = vi.fn();
    const log = new RecordingLogger();
    const mediator = bootstrap({
      logger: log,
      queriesMapper: (map) => bindBodies(map).bind(Ask, AskHandler).bind(Count, CountHandler),
      domainEventsMapper: (map) => map.bind(Paid, handled),
    });
    expect(await mediator.send(odd(new Ask()))).toBe("answer");
    expect(await mediator.stream(odd(new Count())).next()).toEqual({ done: false, value: 1 });
    await mediator.publish(odd(new Paid()));
    expect(handled).toHaveBeenCalledTimes(1);

    class Unheard extends DomainEvent {}
    await mediator.publish(odd(new Unheard()));
    expect(log.lines).toEqual([expect.stringContaining("Unheard has no handler")]);
    expect((await misuse(() => mediator.send(odd(new Unknown())))).message).toContain("map.bind(Unknown, …)");
    expect((await misuse(() => mediator.publish(odd(new Told())))).message).toContain("an instance of Told");
    expect((await misuse(() => mediator.publish(odd(new Ask()) as never))).message).toContain(
      "an instance of Ask",
    );
  });

  it("has metadata like any other", async () => {
    const mediator = bootstrap({
      queriesMapper: (map) => map.bind(Ask, (_, { metadata }) => metadata.messageId),
    });
    const request = odd(new Ask());
    expect(await mediator.send(request)).toBe(await mediator.send(request));
  });

  it("may be frozen", async () => {
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Paid, (_, { metadata }) => metadata.messageId),
    });
    const request = new Do(({ emit, metadata }) => {
      emit(Object.freeze(new Paid()));
      return metadata.messageId;
    });
    expect(await mediator.send(Object.freeze(request))).toEqual(expect.any(String));
  });

  it("is a handler too, whatever its own constructor field says", async () => {
    const handler = Object.assign(Object.create(null), { handle: () => "answer" });
    const named = Object.assign(new AskHandler(), { constructor: null });
    for (const given of [handler, named]) {
      const mediator = bootstrap({ queriesMapper: (map) => map.bind(Ask, given) });
      expect(await mediator.send(new Ask())).toBe("answer");
      expect((await misuse(() => mediator.stream(new Ask()).next())).code).toBe("SLUICE_WRONG_HANDLER_KIND");
    }
  });
});

describe("a notification event", () => {
  const init = { eventName: "paid", topic: "orders", payload: {} };

  it.each([
    ["nothing", undefined, /NotificationEvent/],
    ["null", null, /NotificationEvent/],
    ["no name", { ...init, eventName: "" }, /NotificationEvent\.eventName is ""/],
    ["no topic", { ...init, topic: undefined }, /NotificationEvent\.topic is undefined/],
    ["a key that is a number", { ...init, key: 7 }, /NotificationEvent\.key is 7/],
    ["an id that is empty", { ...init, eventId: "" }, /NotificationEvent\.eventId is ""/],
    ["a time that is text", { ...init, eventTimestamp: "now" }, /eventTimestamp is "now"/],
    ["a time that is none", { ...init, eventTimestamp: new Date("never") }, /eventTimestamp/],
  ])("is not made of %s", async (_, given, expected) => {
    const error = await misuse(() => new NotificationEvent(given as typeof init));
    expect(error.code).toBe("SLUICE_INVALID_OPTION");
    expect(error.message).toMatch(expected);
  });
});
