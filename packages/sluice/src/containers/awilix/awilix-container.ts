import type { AbstractClass } from "../../messages/class.js";
import type { Container, ContainerScope } from "../container.js";
import { closeWithHook, type ScopeHook } from "../scope-hook.js";
import { registrationNames } from "./registration-names.js";

/** The part of an awilix container that is used. */
export interface AwilixLike {
  resolve(name: string | symbol): unknown;
  hasRegistration(name: string | symbol): boolean;
  createScope(): AwilixLike;
  dispose(): Promise<void>;
}

export interface AwilixOptions<Scope> extends ScopeHook<Scope> {
  /**
   * The name that a class is registered by.
   * @default its own name in camelCase (`GetUserHandler`: `getUserHandler`), else its own name
   */
  readonly nameOf?: ((token: AbstractClass<unknown>) => string | symbol) | undefined;
}

/**
 * Resolves handlers from an awilix container, each run in a scope of its own, by the name that their class is
 * registered by. awilix knows names only: bundlers that shorten the names of classes need `nameOf`.
 *
 * What is registered `scoped()` lives as long as the scope, and its disposer runs when the scope closes. Singletons
 * are disposed with the container, which stays yours.
 *
 * @example
 * ```ts
 * import { asClass, createContainer } from "awilix";
 * import { bootstrap, Query } from "sluice";
 * import { awilixContainer } from "sluice/containers/awilix";
 *
 * class GetPrice extends Query<number> {}
 *
 * class Session {
 *   async commit() {}
 *   async rollback() {}
 * }
 *
 * class GetPriceHandler {
 *   constructor(readonly dependencies: { session: Session }) {}
 *   async handle(_query: GetPrice) { return 42; }
 * }
 *
 * const container = createContainer<{ session: Session }>().register({
 *   session: asClass(Session).scoped(),
 *   getPriceHandler: asClass(GetPriceHandler),
 * });
 *
 * bootstrap({
 *   container: awilixContainer(container, {
 *     onScopeClose: (scope, error) => {
 *       const session = scope.resolve("session");
 *       return error === undefined ? session.commit() : session.rollback();
 *     },
 *   }),
 *   queriesMapper: (map) => map.bind(GetPrice, GetPriceHandler),
 * });
 * ```
 */
export function awilixContainer<Native extends AwilixLike>(
  container: Native,
  options: AwilixOptions<Native> = {},
): Container {
  const { nameOf } = options;
  const names = new Map<AbstractClass<unknown>, string | symbol>();

  function nameFor(token: AbstractClass<unknown>, native: AwilixLike): string | symbol {
    const known = names.get(token);
    if (known !== undefined) return known;
    const candidates = nameOf ? [nameOf(token)] : registrationNames(token.name);
    const name = candidates.find((candidate) => native.hasRegistration(candidate));
    if (name === undefined) throw unregistered(token, candidates);
    names.set(token, name);
    return name;
  }

  function wrap(native: AwilixLike): Container {
    return {
      resolve: <T>(token: AbstractClass<T>) => native.resolve(nameFor(token, native)) as T | Promise<T>,
      createScope: (): ContainerScope => {
        const scope = native.createScope();
        const close = (error?: unknown) =>
          closeWithHook(options, scope as Native, error, () => scope.dispose());
        return { ...wrap(scope), close };
      },
    };
  }

  return wrap(container);
}

function unregistered(token: AbstractClass<unknown>, names: readonly (string | symbol)[]): Error {
  const tried = names.map(String).join(", ");
  return new Error(
    `awilix has no registration for ${token.name || "an anonymous class"}; looked for ${tried}. Register it: ` +
      `container.register({ ${String(names[0])}: asClass(${token.name}) }), or say by which name: nameOf.`,
  );
}
