import { describe, expect, it, vi } from "vitest";
import { EventHandler } from "../events/event-handler.js";
import { EventMap } from "../events/event-map.js";
import { fallback } from "../handlers/fallback.js";
import { NotificationEvent } from "../messages/notification-event.js";
import { ChainedRequestHandler } from "../requests/chained-request-handler.js";
import { RequestMap } from "../requests/request-map.js";
import { Ask, AskHandler, CountHandler, type Given, misuse, Paid } from "./bad-input.fixture.js";
import { bootstrap } from "./bootstrap.js";
import { Told } from "./flow.fixture.js";

class AskLink extends ChainedRequestHandler<Ask> {
  handle(request: Ask) {
    return this.next(request);
  }
}

class PaidHandler extends EventHandler<Paid> {
  handle() {}
}

const nothing: Given[] = [
  [undefined, "undefined"],
  [null, "null"],
];

describe("binding a request", () => {
  const noRequestClass: [...Given, advice: RegExp][] = [
    [undefined, "undefined", /expected a class that extends Command, Query or Request/],
    [null, "null", /expected a class/],
    ["Ask", '"Ask" (a string)', /expected a class/],
    [{}, "a plain object", /expected a class/],
    [() => {}, "a function", /expected a class/],
    [class Plain {}, "class Plain", /extends Command, Query or Request/],
    [new Ask(), "an instance of Ask", /Bind the class itself: Ask/],
    [Paid, "class Paid", /Bind events in domainEventsMapper/],
    [Told, "class Told", /message broker/],
  ];

  it.each(noRequestClass)("needs its class: %o", async (given, name, advice) => {
    const map = new RequestMap();
    const error = await misuse(() => map.bind(given as typeof Ask, AskHandler));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_REQUEST", given });
    expect(error.message).toContain(`RequestMap.bind got ${name}`);
    expect(error.message).toMatch(advice);
    expect([...map.bindings]).toEqual([]);
  });

  const noHandler: [...Given, advice: RegExp][] = [
    ...nothing.map(([value, name]): [...Given, RegExp] => [value, name, /expected a class or an object/]),
    ["AskHandler", '"AskHandler" (a string)', /expected a class or an object/],
    [{}, "a plain object", /with a handle\(\) method/],
    [{ handle: "answer" }, "a plain object", /with a handle\(\) method/],
    [class Empty {}, "class Empty", /with a handle\(\) method/],
    [
      class Arrow {
        handle = () => "answer";
      },
      "class Arrow",
      /Write handle as a method of the class, not as a field/,
    ],
    [
      function* numbers() {
        yield 1;
      },
      "numbers",
      /async \*handle\(\)/,
    ],
    [
      class Sync {
        *handle() {
          yield 1;
        }
      },
      "class Sync",
      /async \*handle\(\)/,
    ],
  ];

  it.each(noHandler)("needs a handler: %o", async (given, name, advice) => {
    const map = new RequestMap();
    const error = await misuse(() => map.bind(Ask, given as never));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_HANDLER", handler: given });
    expect(error.message).toContain(name);
    expect(error.message).toMatch(advice);
    await misuse(() => map.bind(Ask, [given as never]));
    await misuse(() => map.bind(Ask, [AskLink], { default: given === undefined ? null : given } as never));
    expect([...map.bindings]).toEqual([]);
    map.bind(Ask, AskHandler);
  });

  it("refuses a second handler, names both, and keeps the first (R2)", async () => {
    class Another extends AskHandler {}
    const map = new RequestMap().bind(Ask, AskHandler);
    const error = await misuse(() => map.bind(Ask, Another));
    expect(error).toMatchObject({
      code: "SLUICE_DUPLICATE_HANDLER",
      requestClass: Ask,
      existing: AskHandler,
      given: Another,
    });
    expect(error.message).toMatch(/class Ask .*class AskHandler.*class Another.*bind a list/);
    expect([...map.bindings].map(({ handler }) => handler)).toEqual([AskHandler]);
  });

  it.each([
    [
      "an event handler",
      (map: RequestMap) => map.bind(Ask, PaidHandler as never),
      /class PaidHandler.*class Ask/,
    ],
    [
      "a fallback of event handlers",
      (map: RequestMap) => map.bind(Ask, fallback(PaidHandler, PaidHandler) as never),
      /class Ask/,
    ],
    [
      "a streaming handler as a link of a chain",
      (map: RequestMap) => map.bind(Ask, [CountHandler as never]),
      /class CountHandler.*class Ask/,
    ],
    [
      "an event handler as a link of a chain",
      (map: RequestMap) => map.bind(Ask, [AskLink, PaidHandler as never]),
      /class PaidHandler.*class Ask/,
    ],
  ])("refuses a handler of the wrong kind, naming both: %s (R2)", async (_, bind, names) => {
    const map = new RequestMap();
    const error = await misuse(() => bind(map));
    expect(error.code).toBe("SLUICE_WRONG_HANDLER_KIND");
    expect(error.message).toMatch(names);
    expect([...map.bindings]).toEqual([]);
  });

  it("refuses a chain without links", async () => {
    const error = await misuse(() => new RequestMap().bind(Ask, []));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_HANDLER" });
    expect(error.message).toContain("The chain for class Ask has no link; expected at least one");
  });

  it.each([null, "default", 5])("refuses options that are none: %o", async (options) => {
    const map = new RequestMap();
    const error = await misuse(() => map.bind(Ask, [AskLink], options as never));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION", given: options });
    expect([...map.bindings]).toEqual([]);
  });

  it("refuses a default where there is no chain: it would never run", async () => {
    const bind = new RequestMap().bind as (...given: unknown[]) => unknown;
    const error = await misuse(() => bind.call(new RequestMap(), Ask, AskHandler, { default: AskHandler }));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION" });
    expect(error.message).toMatch(/default.*list/);
  });

  it("refuses, at bootstrap, a class that takes arguments where there is no container to give them (R2)", async () => {
    class Needy {
      constructor(readonly store: object) {}
      handle() {
        return "answer";
      }
    }
    const onStartup = vi.fn();
    for (const bind of [
      (map: RequestMap) => map.bind(Ask, Needy),
      (map: RequestMap) => map.bind(Ask, fallback(AskHandler, Needy)),
      (map: RequestMap) => map.bind(Ask, [Needy]),
    ]) {
      const error = await misuse(() => bootstrap({ queriesMapper: bind, onStartup }));
      expect(error).toMatchObject({ code: "SLUICE_INVALID_HANDLER", handler: Needy });
      expect(error.message).toMatch(/class Needy takes 1 constructor argument.*container/);
    }
    expect(onStartup).not.toHaveBeenCalled();
    bootstrap({ queriesMapper: (map) => map.bind(Ask, new Needy({})) });
  });
});

describe("binding an event", () => {
  const noEventClass: [...Given, advice: RegExp][] = [
    [undefined, "undefined", /expected a class that extends DomainEvent/],
    [null, "null", /expected a class/],
    ["Paid", '"Paid" (a string)', /expected a class/],
    [() => {}, "a function", /expected a class/],
    [class Plain {}, "class Plain", /extends DomainEvent/],
    [new Paid(), "an instance of Paid", /Bind the class itself: Paid/],
    [Ask, "class Ask", /Bind requests in commandsMapper or queriesMapper/],
    [NotificationEvent, "class NotificationEvent", /message broker/],
    [Told, "class Told", /message broker/],
  ];

  it.each(noEventClass)("needs its class: %o", async (given, name, advice) => {
    const map = new EventMap();
    const error = await misuse(() => map.bind(given as never, () => {}));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_EVENT", given });
    expect(error.message).toContain(`EventMap.bind got ${name}`);
    expect(error.message).toMatch(advice);
    expect(map.bindings).toEqual([]);
  });

  it.each([
    ...nothing,
    ["PaidHandler", "a string"] as Given,
    [[PaidHandler], "an array of 1"] as Given,
    [class Empty {}, "class Empty"] as Given,
  ])("needs a handler: %o", async (given, name) => {
    const map = new EventMap();
    const error = await misuse(() => map.bind(Paid, given as never));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_HANDLER", handler: given });
    expect(error.message).toContain(name);
    expect(map.bindings).toEqual([]);
  });

  it.each([
    ["a request handler", AskHandler],
    ["an instance of one", new AskHandler()],
    ["a streaming handler", CountHandler],
    ["an async generator", async function* stream() {}],
    ["a link of a chain", AskLink],
    ["a fallback of request handlers", fallback(AskHandler, AskHandler)],
  ])("refuses a handler of the wrong kind, naming both: %s (R2)", async (_, handler) => {
    const map = new EventMap();
    const error = await misuse(() => map.bind(Paid, handler as never));
    expect(error.code).toBe("SLUICE_WRONG_HANDLER_KIND");
    expect(error.message).toMatch(/class Paid.*EventHandler/);
    expect(map.bindings).toEqual([]);
  });

  it.each([null, "key", 5])("refuses options that are none: %o", async (options) => {
    const map = new EventMap();
    for (const given of [options, { orderBy: options }]) {
      expect(await misuse(() => map.bind(Paid, () => {}, given as never))).toMatchObject({
        code: "SLUICE_INVALID_OPTION",
        given: options,
      });
    }
    expect(map.bindings).toEqual([]);
  });
});

describe("fallback()", () => {
  it.each([
    ["no handler", () => fallback(null, AskHandler), "SLUICE_INVALID_HANDLER"],
    ["no fallback", () => fallback(AskHandler, undefined), "SLUICE_INVALID_HANDLER"],
    ["two kinds", () => fallback(AskHandler, CountHandler), "SLUICE_INVALID_HANDLER"],
    ["no options", () => fallback(AskHandler, AskHandler, null as never), "SLUICE_INVALID_OPTION"],
    [
      "no list of errors",
      () => fallback(AskHandler, AskHandler, { failureExceptions: TypeError as never }),
      "SLUICE_INVALID_OPTION",
    ],
    [
      "errors that are no classes",
      () => fallback(AskHandler, AskHandler, { failureExceptions: ["TypeError" as never] }),
      "SLUICE_INVALID_OPTION",
    ],
    [
      "no breaker",
      () => fallback(AskHandler, AskHandler, { circuitBreaker: {} as never }),
      "SLUICE_INVALID_OPTION",
    ],
  ])("refuses %s", async (_, make, code) => {
    expect((await misuse(make)).code).toBe(code);
  });
});
