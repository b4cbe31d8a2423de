import { describe, expect, it, vi } from "vitest";
import { DevNullMessageBroker } from "../brokers/dev-null-message-broker.js";
import { RequestMap } from "../requests/request-map.js";
import { type Given, misuse, noNumber } from "./bad-input.fixture.js";
import { bootstrap, bootstrapStreaming } from "./bootstrap.js";
import type { BootstrapOptions } from "./bootstrap-options.js";
import { quiet, RecordingLogger } from "./flow.fixture.js";

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
