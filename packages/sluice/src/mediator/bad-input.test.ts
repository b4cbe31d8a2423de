import { describe, expect, it, vi } from "vitest";
import { DevNullMessageBroker } from "../brokers/dev-null-message-broker.js";
import { SluiceError } from "../errors/sluice-error.js";
import type { EventHandlingError } from "../events/event-errors.js";
import { EventHandler } from "../events/event-handler.js";
import { EventMap } from "../events/event-map.js";
import { fallback } from "../handlers/fallback.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { Command } from "../messages/command.js";
import { DomainEvent } from "../messages/domain-event.js";
import { NotificationEvent } from "../messages/notification-event.js";
import { Query } from "../messages/query.js";
import { ChainedRequestHandler } from "../requests/chained-request-handler.js";
import { RequestHandler } from "../requests/request-handler.js";
import { RequestMap } from "../requests/request-map.js";
import { StreamingRequestHandler } from "../requests/streaming-request-handler.js";
import { bootstrap, bootstrapStreaming } from "./bootstrap.js";
import type { BootstrapOptions } from "./bootstrap-options.js";
import {
  bindBodies,
  Do,
  Flow,
  finished,
  quiet,
  RecordingBroker,
  RecordingLogger,
  Told,
} from "./flow.fixture.js";

class Ask extends Query<string> {}
class Count extends Command<number> {}
class Unknown extends Command {}
class Paid extends DomainEvent {}

class AskHandler extends RequestHandler<Ask> {
  handle() {
    return "answer";
  }
}
class CountHandler extends StreamingRequestHandler<Count> {
  async *handle() {
    yield 1;
  }
}
class AskLink extends ChainedRequestHandler<Ask> {
  handle(request: Ask) {
    return this.next(request);
  }
}
class PaidHandler extends EventHandler<Paid> {
  handle() {}
}

/** The library's own error that a misuse leads to, thrown or as a rejection. */
async function misuse(body: () => unknown): Promise<SluiceError> {
  let error: unknown;
  try {
    await body();
    expect.fail("Nothing was wrong with it.");
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof SluiceError)) throw error;
  return error;
}

/** A value under the name that an error gives it. */
type Given = readonly [value: unknown, name: string];

const nothing: Given[] = [
  [undefined, "undefined"],
  [null, "null"],
];
const noNumber: Given[] = [
  [Number.NaN, "NaN"],
  ["3", '"3" (a string)'],
  [null, "null"],
  [true, "true"],
  [3n, "3n"],
  [[3], "an array of 1"],
  [{}, "a plain object"],
];
const noCount: Given[] = [[0, "0"], [-1, "-1"], [1.5, "1.5"], [2 ** 53, `${2 ** 53}`], ...noNumber];
const noFunction: Given[] = [
  [null, "null"],
  ["Ask", '"Ask" (a string)'],
  [new RequestMap(), "an instance of RequestMap"],
  [[], "an array of 0"],
  [{}, "a plain object"],
];

describe("an option of bootstrap outside its range", () => {
  const wrong: [option: keyof BootstrapOptions, given: Given[], expected: string][] = [
    [
      "maxConcurrentEventHandlers",
      [[Number.NEGATIVE_INFINITY, "-Infinity"], ...noCount],
      "a whole number from 1 up, or Infinity",
    ],
    ["maxFollowUpDepth", [[Number.POSITIVE_INFINITY, "Infinity"], ...noCount], "a whole number from 1 up"],
    [
      "closeTimeoutMs",
      [[0, "0"], [-1, "-1"], [2 ** 31, `${2 ** 31}`], [Number.POSITIVE_INFINITY, "Infinity"], ...noNumber],
      "milliseconds from 1 to 2,147,483,647",
    ],
    [
      "concurrentEventHandleEnable",
      [
        [null, "null"],
        [0, "0"],
        ["false", '"false" (a string)'],
      ],
      "true or false",
    ],
    [
      "scope",
      [
        [null, "null"],
        [true, "true"],
        ["request", '"request" (a string)'],
      ],
      '"handler", "dispatch" or "none"',
    ],
    [
      "reentrancy",
      [
        [null, "null"],
        [true, "true"],
        ["none", '"none" (a string)'],
      ],
      '"auto" or "context"',
    ],
    [
      "onEventError",
      [
        [null, "null"],
        [true, "true"],
        ["ignore", '"ignore" (a string)'],
        [{}, "a plain object"],
      ],
      '"throw", "report" or a function',
    ],
    ["commandsMapper", noFunction, "a function"],
    ["queriesMapper", noFunction, "a function"],
    ["domainEventsMapper", noFunction, "a function"],
    ["onStartup", noFunction, "a function"],
    ["onEventSettled", noFunction, "a function"],
    [
      "container",
      [
        [null, "null"],
        [{}, "a plain object"],
        [{ resolve: true }, "a plain object"],
        [{ resolve() {}, createScope: true }, "a plain object"],
        [Map, "Map"],
      ],
      "an object with resolve()",
    ],
    [
      "messageBroker",
      [
        [null, "null"],
        [{}, "a plain object"],
        [{ publish: "kafka" }, "a plain object"],
        [DevNullMessageBroker, "class DevNullMessageBroker"],
      ],
      "an object with publish()",
    ],
    [
      "logger",
      [
        [null, "null"],
        ["console", '"console" (a string)'],
        [{ error() {} }, "a plain object"],
        [RecordingLogger, "class RecordingLogger"],
      ],
      "an object with debug(), info(), warn() and error()",
    ],
    [
      "middlewares",
      [
        [null, "null"],
        [{ request() {} }, "a plain object"],
      ],
      "a list of middlewares",
    ],
  ];

  const cases = wrong.flatMap(([option, given, expected]) =>
    given.map(([value, name]) => ({ option, value, name, expected })),
  );

  it.each(cases)(
    "is refused, and nothing is run: $option: $name",
    async ({ option, value, name, expected }) => {
      const commandsMapper = vi.fn();
      const onStartup = vi.fn();
      const options = { commandsMapper, onStartup, [option]: value };
      for (const make of [bootstrap, bootstrapStreaming]) {
        const error = await misuse(() => make(options));
        expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION", option, given: value });
        expect(error.message).toContain(`${option} is ${name}; expected ${expected}`);
      }
      expect(commandsMapper).not.toHaveBeenCalled();
      expect(onStartup).not.toHaveBeenCalled();
    },
  );

  it.each([
    [[{}], 0, "a plain object"],
    [[{ request() {} }, null], 1, "null"],
    [[{ request: 5 }], 0, "a plain object"],
    [[{ request() {}, event: "log" }], 0, "a plain object"],
    [[{ stream() {} }, { event() {} }, () => {}], 2, "a function"],
  ] as const)("names the middleware that is none: %o", async (middlewares, index, name) => {
    const error = await misuse(() => bootstrap({ middlewares: middlewares as never }));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION", given: middlewares[index] });
    expect(error.message).toContain(
      `middlewares[${index}] is ${name}; expected an object with request(), stream() or event()`,
    );
  });

  it.each([
    ["messageBroker", DevNullMessageBroker, "new DevNullMessageBroker(…)"],
    [
      "container",
      class MyContainer {
        resolve() {}
      },
      "new MyContainer(…)",
    ],
  ])("says so when a class was given instead of an instance: %s", async (option, value, advice) => {
    expect((await misuse(() => bootstrap({ [option]: value }))).message).toContain(advice);
  });

  it.each([undefined, null, "options", 5, [], () => {}])("is refused as a whole: %o", async (options) => {
    for (const make of [bootstrap, bootstrapStreaming]) {
      const error = await misuse(() => make(options as never));
      expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION", given: options });
      expect(error.message).toContain("expected an object with options");
    }
  });

  it('is a scope of "handler" or "dispatch" without a container that opens any (U4)', async () => {
    for (const scope of ["handler", "dispatch"] as const) {
      for (const container of [undefined, { resolve: () => expect.unreachable() }]) {
        const error = await misuse(() => bootstrap({ scope, container }));
        expect(error).toMatchObject({ code: "SLUICE_SCOPE_UNSUPPORTED", scope });
        expect(error.message).toMatch(
          container ? /this one has no createScope\(\)/ : /no container was given/,
        );
      }
    }
  });

  it('is parallel events together with scope: "dispatch" (U2)', async () => {
    const container = { resolve: () => expect.unreachable(), createScope: () => expect.unreachable() };
    const options = { container, scope: "dispatch", concurrentEventHandleEnable: true } as const;
    const error = await misuse(() => bootstrap(options));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION", option: "concurrentEventHandleEnable" });
    expect(error.message).toContain('scope: "dispatch"');
  });

  it.each(["commandsMapper", "queriesMapper", "domainEventsMapper"] as const)(
    "is a %s that is async: what it binds later would be lost",
    async (option) => {
      const onStartup = vi.fn();
      const mapper = async () => {
        await quiet();
        throw new Error("nobody hears this");
      };
      const error = await misuse(() => bootstrap({ [option]: mapper, onStartup }));
      expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION", option: `${option}(map)` });
      expect(error.message).toMatch(/an instance of Promise.*not async.*bind everything before it returns/);
      expect(onStartup).not.toHaveBeenCalled();
      await quiet();
      await quiet();
    },
  );
});

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

describe("what is dispatched", () => {
  const ran = vi.fn();

  const mediator = bootstrap({
    messageBroker: new RecordingBroker(),
    commandsMapper: (map) =>
      map.bind(Count, CountHandler).bind(Do<unknown>, ({ body }, context) => {
        ran();
        return body(context);
      }),
    queriesMapper: (map) => map.bind(Ask, AskHandler),
    domainEventsMapper: (map) => map.bind(Paid, ran),
    logger: new RecordingLogger(),
  });

  const noRequests: [...Given, advice: RegExp][] = [
    [undefined, "undefined", /expected an instance of a class that extends Command, Query or Request/],
    [null, "null", /expected an instance/],
    ["Ask", '"Ask" (a string)', /expected an instance/],
    [5, "5", /expected an instance/],
    [{}, "a plain object", /expected an instance/],
    [{ type: "Ask" }, "a plain object", /expected an instance/],
    [Object.create(null), "a plain object", /expected an instance/],
    [() => new Ask(), "a function", /expected an instance/],
    [[new Ask()], "an array of 1", /expected an instance/],
    [Ask, "class Ask", /new Ask\(…\)/],
    [new Paid(), "an instance of Paid", /publish\(\)/],
    [new Told(), "an instance of Told", /publish\(\)/],
  ];

  it.each(noRequests)("by send() or stream() must be a request: %o", async (given, name, advice) => {
    for (const method of ["send", "stream"] as const) {
      const error = await misuse(() => mediator[method](given as Ask));
      expect(error).toMatchObject({ code: "SLUICE_INVALID_REQUEST", given });
      expect(error.message).toContain(`${method} got ${name}`);
      expect(error.message).toMatch(advice);
    }
    expect(ran).not.toHaveBeenCalled();
  });

  const noEvents: [...Given, advice: RegExp][] = [
    [undefined, "undefined", /expected an instance of a class that extends DomainEvent or NotificationEvent/],
    [null, "null", /expected an instance/],
    ["Paid", '"Paid" (a string)', /expected an instance/],
    [{}, "a plain object", /expected an instance/],
    [Object.create(null), "a plain object", /expected an instance/],
    [[new Paid()], "an array of 1", /one by one/],
    [Paid, "class Paid", /new Paid\(…\)/],
    [Told, "class Told", /new Told\(…\)/],
    [new Ask(), "an instance of Ask", /send\(\) or stream\(\)/],
    [new Event("paid"), "an instance of Event", /expected an instance/],
  ];

  it.each(noEvents)("by publish() or emit() must be an event: %o", async (given, name, advice) => {
    const published = await misuse(() => mediator.publish(given as Paid));
    const emitted = await misuse(() =>
      mediator.send(new Do<void>(({ emit }) => emit(given as Paid))).finally(() => ran.mockClear()),
    );
    for (const [error, by] of [
      [published, "publish"],
      [emitted, "emit"],
    ] as const) {
      expect(error).toMatchObject({ code: "SLUICE_INVALID_EVENT", given });
      expect(error.message).toContain(by);
      expect(error.message).toContain(`got ${name}`);
      expect(error.message).toMatch(advice);
    }
    expect(ran).not.toHaveBeenCalled();
  });

  it("must have a handler: the error names the class and says where to bind it (R2)", async () => {
    for (const method of ["send", "stream"] as const) {
      const error = await misuse(() => mediator[method](new Unknown()));
      expect(error.code).toBe("SLUICE_NO_HANDLER");
      expect(error.message).toMatch(/an instance of Unknown has no handler.*map\.bind\(Unknown, …\)/);
    }
  });

  it("is not handled by the handler of its base class: a request has one class", async () => {
    class AskMore extends Ask {}
    expect((await misuse(() => mediator.send(new AskMore()))).code).toBe("SLUICE_NO_HANDLER");
  });

  it("must be sent where its handler answers, streamed where it streams (S12, R2)", async () => {
    const sent = await misuse(() => mediator.send(new Count()));
    expect(sent.code).toBe("SLUICE_WRONG_HANDLER_KIND");
    expect(sent.message).toMatch(/CountHandler streams an instance of Count.*Use stream\(\)/);
    const streamed = await misuse(() => mediator.stream(new Ask()));
    expect(streamed.code).toBe("SLUICE_WRONG_HANDLER_KIND");
    expect(streamed.message).toMatch(/AskHandler cannot stream an instance of Ask.*use send\(\)/);
  });

  it.each([
    ["text", '"text" (a string)'],
    [undefined, "undefined"],
    [null, "null"],
    [[1, 2], "an array of 2"],
    [Promise.resolve(5), "5"],
  ])("by stream() needs a handler that gives an async iterable, not %o (S12)", async (given, name) => {
    const plain = bootstrap({ commandsMapper: (map) => map.bind(Count, (() => given) as never) });
    const stream = plain.stream(new Count());
    const error = await misuse(() => stream.next());
    expect(error.code).toBe("SLUICE_WRONG_HANDLER_KIND");
    expect(error.message).toContain(`its handle() gave ${name}, expected an async iterable`);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await finished(plain.close());
  });

  const wrongOptions: [what: string, options: unknown, expected: RegExp][] = [
    ["null", null, /options.*is null; expected an object/],
    ["a string", "options", /options.*is "options"/],
    ["a signal alone", new AbortController().signal, /signal/],
    ["a signal that is false", { signal: false }, /signal is false; expected an AbortSignal, or null/],
    ["a signal that is 0", { signal: 0 }, /signal is 0/],
    ["a signal that is empty", { signal: "" }, /signal is ""/],
    ["a signal that is none", { signal: {} }, /signal is a plain object/],
    [
      "a controller for its signal",
      { signal: new AbortController() },
      /signal is an instance of AbortController.*controller\.signal/,
    ],
    ["metadata that is null", { metadata: null }, /metadata is null; expected an object/],
    ["metadata that is a string", { metadata: "c" }, /metadata is "c"/],
    ["metadata that is a list", { metadata: [] }, /metadata is an array of 0/],
    [
      "a correlation id that is a number",
      { metadata: { correlationId: 5 } },
      /correlationId is 5; expected a string/,
    ],
    ["a correlation id that is null", { metadata: { correlationId: null } }, /correlationId is null/],
    ["a causation id that is an object", { metadata: { causationId: {} } }, /causationId is a plain object/],
    [
      "headers that are null",
      { metadata: { headers: null } },
      /headers is null; expected an object of strings/,
    ],
    ["headers that are a list", { metadata: { headers: ["a"] } }, /headers is an array of 1/],
    [
      "headers in a Map",
      { metadata: { headers: new Map([["a", "1"]]) } },
      /headers is an instance of Map.*fromEntries/,
    ],
    [
      "headers of the web's kind",
      { metadata: { headers: new Headers({ a: "1" }) } },
      /headers is an instance of Headers.*Object\.fromEntries/,
    ],
    ["a header that is a number", { metadata: { headers: { a: 1 } } }, /headers\.a is 1; expected a string/],
    ["a header that is undefined", { metadata: { headers: { a: undefined } } }, /headers\.a is undefined/],
    ["a scope that is null", { scope: null }, /scope is null/],
    ["a scope that is a mode", { scope: "handler" }, /scope is "handler".*a container's scope/],
    ["a scope that resolves nothing", { scope: {} }, /scope is a plain object/],
  ];

  it.each(wrongOptions)("takes no options that are none: %s", async (_, options, expected) => {
    for (const dispatch of [
      () => mediator.send(new Ask(), options as never),
      () => mediator.stream(new Count(), options as never).next(),
      () => mediator.publish(new Paid(), options as never),
    ]) {
      const error = await misuse(dispatch);
      expect(error.code).toBe("SLUICE_INVALID_OPTION");
      expect(error.message).toMatch(expected);
    }
    expect(ran).not.toHaveBeenCalled();
  });

  it.each([
    ...noNumber,
    [-1, "-1"] as Given,
    [1.5, "1.5"] as Given,
    [Number.POSITIVE_INFINITY, "Infinity"] as Given,
  ])("is not read ahead by %o items", async (readAhead, name) => {
    const error = await misuse(() => mediator.stream(new Count(), { readAhead: readAhead as number }));
    expect(error).toMatchObject({ code: "SLUICE_INVALID_OPTION", given: readAhead });
    expect(error.message).toContain(`readAhead is ${name}; expected a whole number from 0 up`);
  });

  it("takes null for a signal, and no options at all", async () => {
    await mediator.send(new Ask(), { signal: null });
    await mediator.send(new Ask(), {});
    await mediator.send(new Ask(), undefined);
  });

  it("is refused with the reason of a signal that has aborted already, whatever that is", async () => {
    const signal = AbortSignal.abort("no");
    for (const dispatch of [
      mediator.send(new Ask(), { signal }),
      mediator.stream(new Count(), { signal }).next(),
      mediator.publish(new Paid(), { signal }),
    ]) {
      await expect(dispatch).rejects.toBe("no");
    }
    expect(ran).not.toHaveBeenCalled();
  });
});

describe("a handler that cannot be made", () => {
  const cause = new Error("no database");
  class Broken {
    constructor() {
      throw cause;
    }
    handle() {}
    clearEvents() {}
    get events() {
      return [];
    }
  }

  const bindings = (handler: unknown) => ({
    commandsMapper: (map: RequestMap) =>
      map.bind(Do<unknown>, handler as never).bind(Flow<unknown>, handler as never),
    domainEventsMapper: (map: EventMap) => map.bind(Paid, handler as never),
  });

  async function failures(options: BootstrapOptions): Promise<SluiceError[]> {
    const mediator = bootstrap(options);
    const sent = await misuse(() => mediator.send(new Do(() => {})));
    const streamed = await misuse(() => mediator.stream(new Flow(async function* () {})).next());
    const published = (await misuse(() => mediator.publish(new Paid()))) as EventHandlingError;
    expect(published.code).toBe("SLUICE_EVENT_HANDLING");
    await finished(mediator.close());
    return [sent, streamed, published.errors[0]];
  }

  it("since its constructor throws, fails each dispatch with an error that names it", async () => {
    for (const error of await failures(bindings(Broken))) {
      expect(error).toMatchObject({ code: "SLUICE_HANDLER_CONSTRUCTION", handler: Broken, cause });
      expect(error.message).toMatch(/class Broken could not be constructed: no database.*constructor/s);
    }
  });

  const containers: [string, () => unknown, RegExp][] = [
    [
      "does not know it",
      () => {
        throw cause;
      },
      /could not be resolved from the container: no database/,
    ],
    ["does not know it, and says so later", () => Promise.reject(cause), /no database/],
    ["throws no error but text", () => Promise.reject("lost"), /"lost" \(a string\)/],
    ["gives undefined", () => undefined, /it gave undefined, without handle\(\)/],
    ["gives a promise of nothing", async () => null, /it gave null, without handle\(\)/],
    ["gives something without handle", () => ({ run() {} }), /it gave a plain object, without handle\(\)/],
    ["gives the class itself", () => Broken, /it gave class Broken, without handle\(\)/],
  ];

  it.each(containers)(
    "since the container %s, fails each dispatch with an error that names it",
    async (_, resolve, why) => {
      const scopes: unknown[] = [];
      const createScope = () => ({
        resolve: resolve as never,
        close: async (error?: unknown) => void scopes.push(error),
      });
      for (const container of [{ resolve: resolve as never }, { resolve: resolve as never, createScope }]) {
        for (const error of await failures({ ...bindings(Broken), container })) {
          expect(error).toMatchObject({ code: "SLUICE_HANDLER_CONSTRUCTION", handler: Broken });
          expect(error.message).toContain("class Broken could not be resolved from the container");
          expect(error.message).toMatch(why);
          expect(error.message).toMatch(/Register it/);
        }
      }
      expect(scopes).toHaveLength(3);
      expect(scopes).not.toContain(undefined);
    },
  );

  it.each([
    ["undefined", () => undefined],
    ["a scope that resolves nothing", () => ({ close: async () => {} })],
    ["a scope that cannot be closed", () => ({ resolve: () => new AskHandler() })],
  ])(
    "since createScope() gives %s, fails each dispatch: never a silent nothing (U4)",
    async (_, createScope) => {
      const container = { resolve: (() => ({ handle() {} })) as never, createScope: createScope as never };
      for (const error of await failures({ ...bindings(Broken), container })) {
        expect(error.message).toMatch(/createScope\(\) is .*expected a scope with resolve\(\) and close\(\)/);
      }
    },
  );

  it("is also what context.resolve cannot give", async () => {
    class Needed {}
    const container = {
      resolve: ((token: unknown) => {
        if (token !== Needed) throw cause;
      }) as never,
    };
    for (const options of [{}, { container }]) {
      const mediator = bootstrap({ ...options, commandsMapper: bindBodies });
      for (const token of [undefined, null, "Needed", {}, class Missing extends Broken {}]) {
        const error = await misuse(() => mediator.send(new Do((context) => context.resolve(token as never))));
        expect(error.code).toBe("SLUICE_HANDLER_CONSTRUCTION");
      }
    }
    const mediator = bootstrap({ container, commandsMapper: bindBodies });
    const error = await misuse(() => mediator.send(new Do((context) => context.resolve(Needed))));
    expect(error.message).toContain(
      "class Needed could not be resolved from the container: it gave undefined",
    );
  });
});

describe("a handler that does what it must not", () => {
  it("yields after it was told to return: the item is dropped, the error says so (S7)", async () => {
    const delivered: number[] = [];
    const mediator = bootstrap({ commandsMapper: bindBodies });
    const flow = new Flow(async function* stubborn() {
      try {
        yield 1;
      } finally {
        yield 2;
      }
    });
    const error = await misuse(async () => {
      for await (const item of mediator.stream(flow)) {
        delivered.push(item);
        break;
      }
    });
    expect(error.code).toBe("SLUICE_YIELD_AFTER_RETURN");
    expect(error.message).toMatch(/yielded after its generator was told to return.*finally/);
    expect(delivered).toEqual([1]);
    await finished(mediator.close());
  });

  it("emits when it has ended", async () => {
    const mediator = bootstrap({
      commandsMapper: bindBodies,
      domainEventsMapper: (map) => map.bind(Paid, () => expect.unreachable()),
    });
    let context: HandlerContext | undefined;
    await mediator.send(
      new Do((given) => {
        context = given;
      }),
    );
    const error = await misuse(() => context?.emit(new Paid()));
    expect(error.code).toBe("SLUICE_EMIT_OUTSIDE_HANDLER");
    expect(error.message).toMatch(/an instance of Paid.*had ended.*Await/);
  });
});

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
