import { describe, expect, it } from "vitest";
import type { ContainerScope } from "../containers/container.js";
import type { AbstractClass } from "../messages/class.js";
import {
  type ContainerHooks,
  type ContainerUnderTest,
  containerConformance,
} from "./container-conformance.js";

class Scoped {}
class Singleton {}
class Unknown {}
class Service {
  constructor(
    readonly scoped: Scoped,
    readonly singleton: Singleton,
  ) {}
}

type Close = (dispose: () => void, error: unknown) => Promise<void>;

interface Flaws {
  readonly unknown?: () => unknown;
  readonly makeScoped?: () => Scoped;
  readonly makeSingleton?: () => Singleton;
  readonly makeService?: (scoped: Scoped, singleton: Singleton) => Service;
  readonly close?: (hooks: ContainerHooks) => Close;
  readonly scopedTwice?: boolean;
}

/** A container that conforms, but for its flaws. */
function createWith(flaws: Flaws): (hooks: ContainerHooks) => ContainerUnderTest {
  return (hooks) => {
    const only = new Singleton();
    const singleton = flaws.makeSingleton ?? (() => only);
    const makeScoped = flaws.makeScoped ?? (() => new Scoped());
    const close: Close =
      flaws.close?.(hooks) ??
      (async (dispose, error) => {
        try {
          await hooks.onScopeClose(error);
        } finally {
          dispose();
        }
      });
    const resolveWith = (scoped: () => Scoped) => (token: AbstractClass<unknown>) => {
      if (token === Scoped) return scoped();
      if (token === Singleton) return singleton();
      if (token === Service)
        return (flaws.makeService ?? ((a, b) => new Service(a, b)))(scoped(), singleton());
      if (flaws.unknown) return flaws.unknown();
      throw new Error("unknown");
    };
    const createScope = (): ContainerScope => {
      const mine = makeScoped();
      return {
        resolve: resolveWith(() => (flaws.scopedTwice ? makeScoped() : mine)) as ContainerScope["resolve"],
        close: (error) => close(() => hooks.onDispose(mine), error),
      };
    };
    const resolve = resolveWith(makeScoped) as ContainerScope["resolve"];
    return { container: { resolve, createScope }, Service, Scoped, Singleton, Unknown };
  };
}

/** The titles of the cases that fail. */
async function failures(flaws: Flaws, features = { scopes: true, disposal: true }): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of containerConformance({ name: "it", create: createWith(flaws), features })) {
    await run().catch(() => failed.push(name));
  }
  return failed;
}

const shared = new Scoped();

describe("containerConformance", () => {
  it("passes a container that conforms", async () => {
    expect(await failures({})).toEqual([]);
  });

  it.each<[string, Flaws, RegExp]>([
    ["gives something for an unknown class", { unknown: () => ({}) }, /throws or rejects for a class/],
    ["makes singletons anew", { makeSingleton: () => new Singleton() }, /gives one singleton/],
    ["gives something else", { makeSingleton: () => ({}) }, /resolves an instance of a class/],
    ["shares a scoped instance between scopes", { makeScoped: () => shared }, /another in another scope/],
    [
      "makes a scoped instance anew within a scope",
      { scopedTwice: true },
      /gives one scoped instance within/,
    ],
    [
      "constructs with an instance of no scope",
      { makeService: (_, singleton) => new Service(new Scoped(), singleton) },
      /constructs with the instances of the scope/,
    ],
    [
      "has a singleton of its own in what it constructs",
      { makeService: (scoped) => new Service(scoped, new Singleton()) },
      /shares a singleton over all scopes/,
    ],
    ["never runs the hook", { close: () => async (dispose) => dispose() }, /closes a scope without an error/],
    [
      "forgets the error",
      {
        close: (hooks) => async (dispose) => {
          await hooks.onScopeClose(undefined);
          dispose();
        },
      },
      /with the very error to roll back/,
    ],
    [
      "does not wait for the hook",
      {
        close: (hooks) => async (dispose, error) => {
          hooks.onScopeClose(error);
          dispose();
        },
      },
      /rejects close\(\) with what the hook rejects with/,
    ],
    [
      "swallows what the hook rejects with",
      {
        close: (hooks) => async (dispose, error) => {
          await Promise.resolve(hooks.onScopeClose(error)).catch(() => {});
          dispose();
        },
      },
      /rejects close\(\) with what the hook rejects with/,
    ],
    [
      "disposes before the hook",
      {
        close: (hooks) => async (dispose, error) => {
          dispose();
          await hooks.onScopeClose(error);
        },
      },
      /disposes of a scope's instances after the hook/,
    ],
    [
      "does not dispose when the hook fails",
      {
        close: (hooks) => async (dispose, error) => {
          await hooks.onScopeClose(error);
          dispose();
        },
      },
      /disposes of a scope's instances after the hook, in any case/,
    ],
    [
      "never disposes",
      { close: (hooks) => async (_, error) => void (await hooks.onScopeClose(error)) },
      /disposes/,
    ],
    [
      "disposes of more than the scope's",
      {
        close: (hooks) => async (dispose, error) => {
          try {
            await hooks.onScopeClose(error);
          } finally {
            dispose();
            hooks.onDispose({});
          }
        },
      },
      /and of no other/,
    ],
  ])("fails a container that %s", async (_what, flaws, title) => {
    expect(await failures(flaws)).toEqual(expect.arrayContaining([expect.stringMatching(title)]));
  });

  it("fails a container that can open scopes and says it cannot (U4)", async () => {
    expect(await failures({}, { scopes: false, disposal: false })).toEqual([
      expect.stringMatching(/^it has no createScope/),
    ]);
  });
});
