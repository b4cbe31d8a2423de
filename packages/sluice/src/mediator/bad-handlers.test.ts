import { describe, expect, it } from "vitest";
import type { SluiceError } from "../errors/sluice-error.js";
import type { EventHandlingError } from "../events/event-errors.js";
import type { EventMap } from "../events/event-map.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import type { RequestMap } from "../requests/request-map.js";
import { AskHandler, misuse, Paid } from "./bad-input.fixture.js";
import { bootstrap } from "./bootstrap.js";
import type { BootstrapOptions } from "./bootstrap-options.js";
import { bindBodies, Do, Flow, finished } from "./flow.fixture.js";

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
