import type { AbstractClass, Class } from "../messages/class.js";
import type { Container, ContainerScope } from "./container.js";
import { testContainer } from "./container-tests.fixture.js";

class Scoped {}
class Singleton {}
class Unknown {}
class Service {
  constructor(
    readonly scoped: Scoped,
    readonly singleton: Singleton,
  ) {}
}

/** What somebody writes in a few lines who wants no library. */
class HandWritten implements Container {
  readonly #singleton = new Singleton();
  readonly #onScopeClose: (error: unknown) => unknown;
  readonly #onDispose: (instance: object) => void;

  constructor(onScopeClose: (error: unknown) => unknown, onDispose: (instance: object) => void) {
    this.#onScopeClose = onScopeClose;
    this.#onDispose = onDispose;
  }

  resolve<T>(token: AbstractClass<T>, scoped = new Scoped()): T {
    const known: Record<string, () => object> = {
      Scoped: () => scoped,
      Singleton: () => this.#singleton,
      Service: () => new Service(scoped, this.#singleton),
    };
    const make = known[token.name];
    if (make === undefined) throw new Error(`${token.name} is not known.`);
    return make() as T;
  }

  createScope(): ContainerScope {
    const scoped = new Scoped();
    return {
      resolve: (token) => this.resolve(token, scoped),
      close: async (error) => {
        try {
          await this.#onScopeClose(error);
        } finally {
          this.#onDispose(scoped);
        }
      },
    };
  }
}

testContainer({
  name: "a hand-written container",
  create: ({ onScopeClose, onDispose }) => ({
    container: new HandWritten(onScopeClose, onDispose),
    Service,
    Scoped,
    Singleton,
    Unknown,
  }),
  features: { scopes: true, disposal: true },
});

testContainer({
  name: "a container without scopes",
  create: () => {
    const classes = new Map<AbstractClass<object>, object>([[Singleton, new Singleton()]]);
    const resolve = async <T>(token: AbstractClass<T>) => {
      const instance = classes.get(token as AbstractClass<unknown> as Class<object>);
      if (instance === undefined) throw new Error(`${token.name} is not known.`);
      return instance as T;
    };
    return { container: { resolve }, Service, Scoped, Singleton, Unknown };
  },
  features: { scopes: false, disposal: false },
});
