import "reflect-metadata";
import { Container, decorate, inject, injectable } from "inversify";
import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { HandlerConstructionError } from "../../handlers/handler-errors.js";
import { bootstrap } from "../../mediator/bootstrap.js";
import { rejection } from "../../mediator/flow.fixture.js";
import { ScopeUnsupportedError } from "../../mediator/mediator-errors.js";
import { Query } from "../../messages/query.js";
import { testContainer } from "../container-tests.fixture.js";
import { inversifyContainer } from "./inversify-container.js";

class Scoped {}
class Singleton {}
class Unknown {}
class Service {
  constructor(
    readonly scoped: Scoped,
    readonly singleton: Singleton,
  ) {}
}

class GetPrice extends Query<string> {}

class GetPriceHandler {
  constructor(readonly currency: string) {}
  async handle(_query: GetPrice) {
    return `42 ${this.currency}`;
  }
}

for (const each of [Scoped, Singleton, Service, GetPriceHandler]) injectable()(each);
decorate(inject(Scoped), Service, 0);
decorate(inject(Singleton), Service, 1);
decorate(inject("currency"), GetPriceHandler, 0);

testContainer({
  name: "inversify",
  create: ({ onScopeClose, onDispose }) => {
    const native = new Container();
    native.bind(Service).toSelf();
    native.bind(Singleton).toSelf().inSingletonScope().onDeactivation(onDispose);
    const container = inversifyContainer(native, {
      createScope: (parent) => {
        const scope = new Container({ parent });
        scope.bind(Scoped).toSelf().inSingletonScope().onDeactivation(onDispose);
        return scope;
      },
      onScopeClose: (_scope, error) => onScopeClose(error),
    });
    return { container, Service, Scoped, Singleton, Unknown };
  },
  features: { scopes: true, disposal: true },
});

testContainer({
  name: "inversify without createScope",
  create: () => {
    const native = new Container();
    native.bind(Singleton).toSelf().inSingletonScope();
    return { container: inversifyContainer(native), Service, Scoped, Singleton, Unknown };
  },
  features: { scopes: false, disposal: false },
});

describe("inversifyContainer", () => {
  it("constructs handlers with what inversify injects, promises among it", async () => {
    const native = new Container();
    native.bind(GetPriceHandler).toSelf();
    native.bind("currency").toDynamicValue(async () => "EUR");
    await using mediator = bootstrap({
      container: inversifyContainer(native),
      queriesMapper: (map) => map.bind(GetPrice, GetPriceHandler),
    });
    expect(await mediator.send(new GetPrice())).toBe("42 EUR");
  });

  it("fails a handler that is not bound, with inversify's reason", async () => {
    await using mediator = bootstrap({
      container: inversifyContainer(new Container()),
      queriesMapper: (map) => map.bind(GetPrice, GetPriceHandler),
    });
    const error = await rejection(mediator.send(new GetPrice()));
    expect(error).toBeInstanceOf(HandlerConstructionError);
    expect(error.message).toContain('No bindings found for service: "GetPriceHandler"');
  });

  it("gives the hook inversify's own child container, for the unit of work that lives in it", async () => {
    class Session {
      readonly log: string[] = [];
    }
    injectable()(Session);
    const logs: string[][] = [];
    await using mediator = bootstrap({
      container: inversifyContainer(new Container(), {
        createScope: (parent) => {
          const scope = new Container({ parent });
          scope.bind(Session).toSelf().inSingletonScope();
          return scope;
        },
        onScopeClose: (scope, error) => {
          logs.push([...scope.get(Session).log, error === undefined ? "commit" : "rollback"]);
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

  it("refuses scopes that nobody makes (U4)", () => {
    const container = inversifyContainer(new Container());
    expect(() => bootstrap({ container, scope: "handler" })).toThrow(ScopeUnsupportedError);
  });

  it("refuses an onScopeClose without createScope", () => {
    expect(() => inversifyContainer(new Container(), { onScopeClose: () => {} })).toThrow(InvalidOptionError);
  });
});
