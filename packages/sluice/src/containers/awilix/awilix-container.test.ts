import { asClass, asFunction, asValue, createContainer, InjectionMode } from "awilix";
import { describe, expect, it } from "vitest";
import { HandlerConstructionError } from "../../handlers/handler-errors.js";
import { bootstrap } from "../../mediator/bootstrap.js";
import { rejection } from "../../mediator/flow.fixture.js";
import { Query } from "../../messages/query.js";
import { testContainer } from "../container-tests.fixture.js";
import { awilixContainer } from "./awilix-container.js";
import { registrationNames } from "./registration-names.js";

class Scoped {}
class Singleton {}
class Unknown {}
class Service {
  readonly scoped: Scoped;
  readonly singleton: Singleton;

  constructor(given: { readonly scoped: Scoped; readonly singleton: Singleton }) {
    this.scoped = given.scoped;
    this.singleton = given.singleton;
  }
}

class GetPrice extends Query<string> {}

class GetPriceHandler {
  constructor(readonly given: { readonly currency: string }) {}
  async handle(_query: GetPrice) {
    return `42 ${this.given.currency}`;
  }
}

for (const strict of [false, true]) {
  testContainer({
    name: strict ? "awilix, strict," : "awilix",
    create: ({ onScopeClose, onDispose }) => {
      const container = createContainer({ strict }).register({
        service: asClass(Service),
        scoped: asClass(Scoped).scoped().disposer(onDispose),
        singleton: asClass(Singleton).singleton().disposer(onDispose),
      });
      return {
        container: awilixContainer(container, { onScopeClose: (_scope, error) => onScopeClose(error) }),
        Service,
        Scoped,
        Singleton,
        Unknown,
      };
    },
    features: { scopes: true, disposal: true },
  });
}

describe("awilixContainer", () => {
  it("constructs handlers with what awilix injects, by name", async () => {
    const container = createContainer({ injectionMode: InjectionMode.PROXY }).register({
      getPriceHandler: asClass(GetPriceHandler),
      currency: asValue("EUR"),
    });
    await using mediator = bootstrap({
      container: awilixContainer(container),
      queriesMapper: (map) => map.bind(GetPrice, GetPriceHandler),
    });
    expect(await mediator.send(new GetPrice())).toBe("42 EUR");
  });

  it("gives what a factory makes, as it is, or awaited", async () => {
    const container = createContainer().register({
      getPriceHandler: asFunction(async () => ({ handle: async () => "from a factory" })),
    });
    await using mediator = bootstrap({
      container: awilixContainer(container),
      queriesMapper: (map) => map.bind(GetPrice, GetPriceHandler),
    });
    expect(await mediator.send(new GetPrice())).toBe("from a factory");
  });

  it("gives the hook awilix's own scope, for the unit of work that lives in it", async () => {
    class Session {
      readonly log: string[] = [];
    }
    const logs: string[][] = [];
    const container = createContainer<{ session: Session }>().register({
      session: asClass(Session).scoped(),
    });
    await using mediator = bootstrap({
      container: awilixContainer(container, {
        onScopeClose: (scope, error) => {
          logs.push([...scope.resolve("session").log, error === undefined ? "commit" : "rollback"]);
        },
      }),
      queriesMapper: (map) =>
        map.bind(GetPrice, async (_query, { resolve }) => {
          (await resolve(Session)).log.push("handled");
          return "";
        }),
    });
    await mediator.send(new GetPrice());
    expect(logs).toEqual([["handled", "commit"]]);
  });

  it("says which names it looked for, and how to register the class", async () => {
    await using mediator = bootstrap({
      container: awilixContainer(createContainer()),
      queriesMapper: (map) => map.bind(GetPrice, GetPriceHandler),
    });
    const error = await rejection(mediator.send(new GetPrice()));
    expect(error).toBeInstanceOf(HandlerConstructionError);
    expect((error.cause as Error).message).toBe(
      "awilix has no registration for GetPriceHandler; looked for getPriceHandler, GetPriceHandler. Register it: " +
        "container.register({ getPriceHandler: asClass(GetPriceHandler) }), or say by which name: nameOf.",
    );
  });

  it("finds what is registered after it has looked in vain", async () => {
    const native = createContainer();
    const container = awilixContainer(native);
    expect(() => container.resolve(Scoped)).toThrow();
    native.register({ scoped: asClass(Scoped) });
    expect(container.resolve(Scoped)).toBeInstanceOf(Scoped);
  });

  it("asks nameOf, and nobody else, when it is given", () => {
    const symbol = Symbol("service");
    const native = createContainer().register({ [symbol]: asClass(Scoped), singleton: asClass(Singleton) });
    const container = awilixContainer(native, { nameOf: (token) => (token === Scoped ? symbol : "other") });
    expect(container.resolve(Scoped)).toBeInstanceOf(Scoped);
    expect(() => container.resolve(Singleton)).toThrow("looked for other.");
  });

  it.each([
    ["GetUserHandler", ["getUserHandler", "GetUserHandler"]],
    ["HTTPClient", ["httpClient", "hTTPClient", "HTTPClient"]],
    ["ParseHTMLFile", ["parseHTMLFile", "parseHtmlFile", "ParseHTMLFile"]],
    ["GetURL", ["getURL", "getUrl", "GetURL"]],
    ["OAuth2Client", ["oAuth2Client", "OAuth2Client"]],
    ["URL", ["url", "uRL", "URL"]],
    ["Éclair", ["éclair", "Éclair"]],
    ["parse", ["parse"]],
  ])("looks for %s by the names %j", (className, names) => {
    expect(registrationNames(className)).toEqual(names);
  });
});
