import "reflect-metadata";
import { inject, injectable, Lifecycle, container as rootContainer } from "tsyringe";
import { describe, expect, it } from "vitest";
import { HandlerConstructionError } from "../../handlers/handler-errors.js";
import { bootstrap } from "../../mediator/bootstrap.js";
import { rejection } from "../../mediator/flow.fixture.js";
import { Query } from "../../messages/query.js";
import { testContainer } from "../container-tests.fixture.js";
import { tsyringeContainer } from "./tsyringe-container.js";

class GetPrice extends Query<string> {}

class Currency {
  readonly name = "EUR";
}

class GetPriceHandler {
  constructor(readonly currency: Currency) {}
  async handle(_query: GetPrice) {
    return `42 ${this.currency.name}`;
  }
}
inject(Currency)(GetPriceHandler, undefined, 0);
injectable()(GetPriceHandler);

class Unknown {
  constructor(readonly given: string) {}
}

testContainer({
  name: "tsyringe",
  create: ({ onScopeClose, onDispose }) => {
    class Scoped {
      dispose(): void {
        onDispose(this);
      }
    }
    class Singleton {
      dispose(): void {
        onDispose(this);
      }
    }
    class Service {
      constructor(
        readonly scoped: Scoped,
        readonly singleton: Singleton,
      ) {}
    }
    inject(Scoped)(Service, undefined, 0);
    inject(Singleton)(Service, undefined, 1);
    injectable()(Service);
    const native = rootContainer
      .createChildContainer()
      .register(Scoped, { useClass: Scoped }, { lifecycle: Lifecycle.ContainerScoped })
      .registerSingleton(Singleton);
    return {
      container: tsyringeContainer(native, { onScopeClose: (_scope, error) => onScopeClose(error) }),
      Service,
      Scoped,
      Singleton,
      Unknown,
    };
  },
  features: { scopes: true, disposal: true },
});

describe("tsyringeContainer", () => {
  it("constructs handlers with what tsyringe injects", async () => {
    await using mediator = bootstrap({
      container: tsyringeContainer(rootContainer.createChildContainer()),
      queriesMapper: (map) => map.bind(GetPrice, GetPriceHandler),
    });
    expect(await mediator.send(new GetPrice())).toBe("42 EUR");
  });

  it("gives the hook tsyringe's own child container, for the unit of work that lives in it", async () => {
    class Session {
      readonly log: string[] = [];
    }
    const logs: string[][] = [];
    const native = rootContainer
      .createChildContainer()
      .register(Session, { useClass: Session }, { lifecycle: Lifecycle.ContainerScoped });
    await using mediator = bootstrap({
      container: tsyringeContainer(native, {
        onScopeClose: (scope, error) => {
          logs.push([...scope.resolve(Session).log, error === undefined ? "commit" : "rollback"]);
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

  it("fails a handler that tsyringe cannot construct, with its reason", async () => {
    class AskHandler {
      constructor(readonly given: string) {}
      async handle(_query: GetPrice) {
        return this.given;
      }
    }
    await using mediator = bootstrap({
      container: tsyringeContainer(rootContainer.createChildContainer()),
      queriesMapper: (map) => map.bind(GetPrice, AskHandler),
    });
    const error = await rejection(mediator.send(new GetPrice()));
    expect(error).toBeInstanceOf(HandlerConstructionError);
    expect(error.message).toContain("TypeInfo not known");
  });

  it("disposes of a singleton that a scope was the first to ask for, as tsyringe does: ask for it before", async () => {
    const disposed: object[] = [];
    class Pool {
      dispose(): void {
        disposed.push(this);
      }
    }
    const native = rootContainer.createChildContainer().registerSingleton(Pool);
    const container = tsyringeContainer(native);
    const scope = container.createScope?.();
    const pool = await scope?.resolve(Pool);
    await scope?.close();
    expect(disposed).toEqual([pool]);
  });
});
