import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { AbstractClass } from "../../messages/class.js";
import type { Container, ContainerScope } from "../container.js";
import { closeWithHook, type ScopeHook } from "../scope-hook.js";

/** The part of an inversify container that is used. */
export interface InversifyLike {
  getAsync<T>(token: AbstractClass<T>): Promise<T>;
  unbindAllAsync(): Promise<void>;
}

export interface InversifyOptions<Scope> extends ScopeHook<Scope> {
  /**
   * Makes the child container of a scope, `new Container({ parent })`, and binds in it what shall live as long as the
   * scope. Left out, there are no scopes.
   */
  readonly createScope?: ((parent: Scope) => Scope) | undefined;
}

/**
 * Resolves handlers from an inversify container, each run in a child container of its own where `createScope` makes
 * one.
 *
 * inversify has no lifetime between a single request and a singleton: bind what belongs to a scope in its child
 * container, `inSingletonScope()`. When the scope closes, everything is unbound there, which runs `onDeactivation`
 * and `@preDestroy`. The parent is left as it is.
 *
 * A child container takes inversify some 0.1 ms, and its memory is freed in a later turn of the event loop.
 *
 * @throws {InvalidOptionError} `onScopeClose` is given without `createScope`.
 *
 * @example
 * ```ts
 * import "reflect-metadata";
 * import { Container, inject, injectable } from "inversify";
 * import { bootstrap, Query } from "sluice";
 * import { inversifyContainer } from "sluice/containers/inversify";
 *
 * class GetPrice extends Query<number> {}
 *
 * @injectable()
 * class Session {
 *   async commit() {}
 *   async rollback() {}
 * }
 *
 * @injectable()
 * class GetPriceHandler {
 *   constructor(@inject(Session) readonly session: Session) {}
 *   async handle(_query: GetPrice) { return 42; }
 * }
 *
 * const container = new Container();
 * container.bind(GetPriceHandler).toSelf();
 *
 * bootstrap({
 *   container: inversifyContainer(container, {
 *     createScope: (parent) => {
 *       const scope = new Container({ parent });
 *       scope.bind(Session).toSelf().inSingletonScope();
 *       return scope;
 *     },
 *     onScopeClose: (scope, error) => {
 *       const session = scope.get(Session);
 *       return error === undefined ? session.commit() : session.rollback();
 *     },
 *   }),
 *   queriesMapper: (map) => map.bind(GetPrice, GetPriceHandler),
 * });
 * ```
 */
export function inversifyContainer<Native extends InversifyLike>(
  container: Native,
  options: InversifyOptions<Native> = {},
): Container {
  const { createScope, onScopeClose } = options;
  if (onScopeClose !== undefined && createScope === undefined) {
    throw new InvalidOptionError(
      "inversifyContainer createScope",
      createScope,
      "a function that makes the child container of a scope, since there is an onScopeClose",
    );
  }
  function wrap(native: Native): Container {
    const resolve = <T>(token: AbstractClass<T>) => native.getAsync<T>(token);
    if (createScope === undefined) return { resolve };
    return {
      resolve,
      createScope: (): ContainerScope => {
        const scope = createScope(native);
        const close = (error?: unknown) => closeWithHook(options, scope, error, () => scope.unbindAllAsync());
        return { ...wrap(scope), close };
      },
    };
  }
  return wrap(container);
}
