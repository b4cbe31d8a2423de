import type { Container, ContainerScope } from "../containers/container.js";
import type { AbstractClass } from "../messages/class.js";
import type { ConformanceCase } from "./conformance-case.js";
import { expect, expectRejection } from "./expect.js";

/** What a container has made of the suite's wishes. */
export interface ContainerUnderTest {
  readonly container: Container;
  /** A new instance each time, constructed with the instances of the two below. */
  readonly Service: AbstractClass<{ readonly scoped: object; readonly singleton: object }>;
  /** One instance for each scope. */
  readonly Scoped: AbstractClass<object>;
  /** One instance for all scopes and the container. */
  readonly Singleton: AbstractClass<object>;
  /** A class that the container does not know and cannot construct. */
  readonly Unknown: AbstractClass<object>;
}

/** To be called by the container under test. */
export interface ContainerHooks {
  /** A scope is closed, with an error or without; what it throws or rejects with must reach `close()`. */
  readonly onScopeClose: (error: unknown) => unknown;
  /** An instance of `Scoped` or `Singleton` is disposed. */
  readonly onDispose: (instance: object) => void;
}

export interface ContainerConformanceOptions {
  /** Stands before the names of the cases. */
  readonly name: string;
  /** Makes a container of its own for each case. */
  readonly create: (hooks: ContainerHooks) => ContainerUnderTest | Promise<ContainerUnderTest>;
  readonly features: {
    /** It can open scopes. */
    readonly scopes: boolean;
    /** It disposes of scoped instances when their scope closes. */
    readonly disposal: boolean;
    /** A scope makes a transient instance each time it is asked for one. @default true */
    readonly transients?: boolean | undefined;
  };
}

/**
 * What every {@link Container} must do, as cases for any test runner.
 *
 * @example
 * ```ts no-run
 * import { test } from "node:test";
 * import { containerConformance, type ContainerUnderTest } from "sluice/testing";
 *
 * declare function createContainer(): ContainerUnderTest;
 *
 * const cases = containerConformance({
 *   name: "my container",
 *   create: () => createContainer(),
 *   features: { scopes: false, disposal: false },
 * });
 * for (const { name, run } of cases) test(name, run);
 * ```
 */
export function containerConformance(options: ContainerConformanceOptions): ConformanceCase[] {
  const { name, features } = options;
  const cases = [...basicCases, ...(features.scopes ? scopeCases : unscopedCases)];
  if (features.scopes && features.transients !== false) cases.push(...transientCases);
  if (features.disposal) cases.push(...disposalCases);
  return cases.map(([title, body]) => ({
    name: `${name} ${title}`,
    run: async () => {
      const seen = new SeenByHooks();
      await body(await options.create(seen), seen);
    },
  }));
}

/** Keeps what the hooks are told. */
class SeenByHooks implements ContainerHooks {
  readonly closed: unknown[] = [];
  readonly disposed: object[] = [];
  /** What `onScopeClose` does beside. */
  closing: () => unknown = () => {};

  onScopeClose = (error: unknown): unknown => {
    this.closed.push(error);
    return this.closing();
  };

  onDispose = (instance: object): void => {
    this.disposed.push(instance);
  };
}

type Case = readonly [title: string, body: (given: ContainerUnderTest, seen: SeenByHooks) => Promise<void>];

const basicCases: readonly Case[] = [
  [
    "resolves an instance of a class that it knows",
    async ({ container, Singleton }) => {
      const instance = await container.resolve(Singleton);
      expect(typeof instance === "object" && instance !== null, "It gave no instance.");
      expect(instance instanceof Singleton, "It gave an instance of another class.");
    },
  ],
  [
    "throws or rejects for a class that it does not know",
    async ({ container, Unknown }) => {
      await expectRejection(
        (async () => container.resolve(Unknown))(),
        "It gave something for a class that it does not know.",
      );
    },
  ],
  [
    "gives one singleton to all that resolve it at the same time",
    async ({ container, Singleton }) => {
      const instances = await Promise.all(
        Array.from({ length: 50 }, async () => container.resolve(Singleton)),
      );
      expect(new Set(instances).size === 1, "It gave several instances.");
    },
  ],
];

const unscopedCases: readonly Case[] = [
  [
    "has no createScope, so that a mediator refuses to be asked for scopes (U4)",
    async ({ container }) => {
      expect(container.createScope === undefined, "It has a createScope.");
    },
  ],
];

const open = ({ container }: ContainerUnderTest): ContainerScope => {
  const scope = container.createScope?.();
  expect(scope !== undefined, "It opened no scope.");
  return scope;
};

const scopeCases: readonly Case[] = [
  [
    "gives one scoped instance within a scope, and another in another scope (U1)",
    async (given) => {
      const { Scoped } = given;
      const [first, second] = [open(given), open(given)];
      const instance = await first.resolve(Scoped);
      expect((await first.resolve(Scoped)) === instance, "One scope gave two instances.");
      expect((await second.resolve(Scoped)) !== instance, "Two scopes gave one instance.");
      await Promise.all([first.close(), second.close()]);
    },
  ],
  [
    "constructs with the instances of the scope it resolves in (U1)",
    async (given) => {
      const { Service, Scoped } = given;
      const [first, second] = [open(given), open(given)];
      const service = await first.resolve(Service);
      expect(
        service.scoped === (await first.resolve(Scoped)),
        "It was constructed with another scope's instance.",
      );
      expect(
        service.scoped !== (await second.resolve(Service)).scoped,
        "Two scopes share a scoped instance.",
      );
      await Promise.all([first.close(), second.close()]);
    },
  ],
  [
    "shares a singleton over all scopes and with the container",
    async (given) => {
      const { container, Service, Singleton } = given;
      const scope = open(given);
      const { singleton } = await scope.resolve(Service);
      expect(singleton === (await container.resolve(Singleton)), "A scope has a singleton of its own.");
      await scope.close();
    },
  ],
  [
    "never mixes scopes that are open at the same time",
    async (given) => {
      const { Service, Scoped } = given;
      const instances = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const scope = open(given);
          const { scoped } = await scope.resolve(Service);
          await Promise.resolve();
          expect(scoped === (await scope.resolve(Scoped)), "Scopes were mixed up.");
          await scope.close();
          return scoped;
        }),
      );
      expect(new Set(instances).size === instances.length, "Scopes shared an instance.");
    },
  ],
  [
    "throws or rejects for a class that it does not know, in a scope too",
    async (given) => {
      const scope = open(given);
      await expectRejection(
        (async () => scope.resolve(given.Unknown))(),
        "It gave something for a class that it does not know.",
      );
      await scope.close(new Error("unknown"));
    },
  ],
  [
    "closes a scope without an error to commit, and with the very error to roll back",
    async (given, { closed }) => {
      const error = new Error("roll back");
      await open(given).close();
      await open(given).close(error);
      expect(closed.length === 2, `Two scopes were closed, and the hook ran ${closed.length} times.`);
      expect(closed[0] === undefined, "The hook was given an error where there was none.");
      expect(closed[1] === error, "The hook was given another error.");
    },
  ],
  [
    "rejects close() with what the hook rejects with, once that has settled",
    async (given, seen) => {
      const error = new Error("no commit");
      const failing = Promise.withResolvers<void>();
      failing.promise.catch(() => {});
      seen.closing = () => failing.promise;
      let settledEarly = true;
      const closed = expectRejection(open(given).close(), "close() did not reject.").finally(() => {
        expect(!settledEarly, "close() did not wait for the hook.");
      });
      closed.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve));
      settledEarly = false;
      failing.reject(error);
      expect((await closed) === error, "close() rejected with another error.");
    },
  ],
  [
    "leaves the container and the other scopes as they are when it closes one",
    async (given) => {
      const { container, Service, Scoped, Singleton } = given;
      const singleton = await container.resolve(Singleton);
      const [first, second] = [open(given), open(given)];
      const { scoped } = await second.resolve(Service);
      await first.resolve(Service);
      await first.close();
      expect((await second.resolve(Scoped)) === scoped, "Another scope lost its instance.");
      expect((await container.resolve(Singleton)) === singleton, "The container lost its singleton.");
      await second.close();
      await open(given).close();
    },
  ],
];

const transientCases: readonly Case[] = [
  [
    "makes what is transient anew each time (U1)",
    async (given) => {
      const scope = open(given);
      const service = await scope.resolve(given.Service);
      expect((await scope.resolve(given.Service)) !== service, "It gave a transient instance twice.");
      await scope.close();
    },
  ],
];

const disposalCases: readonly Case[] = [
  [
    "disposes of a scope's instances after the hook, in any case, and of no other",
    async (given, seen) => {
      const { container, Singleton, Scoped } = given;
      await container.resolve(Singleton);
      const other = open(given);
      await other.resolve(Scoped);
      for (const outcome of ["commit", "roll back", "fail to commit"]) {
        const scope = open(given);
        const scoped = await scope.resolve(Scoped);
        await scope.resolve(Singleton);
        seen.disposed.length = 0;
        let disposedEarly = 0;
        seen.closing = () => {
          disposedEarly = seen.disposed.length;
          if (outcome === "fail to commit") throw new Error(outcome);
        };
        await scope.close(outcome === "roll back" ? new Error(outcome) : undefined).catch(() => {});
        expect(disposedEarly === 0, `Something was disposed before the hook had run: ${outcome}.`);
        expect(seen.disposed.includes(scoped), `The scope's instance was not disposed: ${outcome}.`);
        expect(seen.disposed.length === 1, `${seen.disposed.length} instances were disposed: ${outcome}.`);
      }
      seen.closing = () => {};
      await other.close();
    },
  ],
];
