import type { AbstractClass, Class } from "../../messages/class.js";
import type { Container, ContainerScope } from "../container.js";
import { closeWithHook, type ScopeHook } from "../scope-hook.js";

/** The part of a tsyringe container that is used. */
export interface TsyringeLike {
  resolve<T>(token: Class<T>): T;
  createChildContainer(): TsyringeLike;
  dispose(): Promise<void> | void;
}

/**
 * Resolves handlers from a tsyringe container, each run in a child container of its own.
 *
 * What is registered with `Lifecycle.ContainerScoped` lives as long as the scope. When the scope closes, tsyringe calls
 * `dispose()` of all that the child container made: also of a singleton that the scope was the first to ask for, so
 * resolve singletons with a `dispose` of their own once before. A class that is not registered is constructed if it
 * takes no arguments.
 *
 * @example
 * ```ts
 * import "reflect-metadata";
 * import { container, inject, injectable, Lifecycle, scoped } from "tsyringe";
 * import { bootstrap, Query } from "sluice";
 * import { tsyringeContainer } from "sluice/containers/tsyringe";
 *
 * class GetPrice extends Query<number> {}
 *
 * @scoped(Lifecycle.ContainerScoped)
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
 * bootstrap({
 *   container: tsyringeContainer(container, {
 *     onScopeClose: (scope, error) => {
 *       const session = scope.resolve(Session);
 *       return error === undefined ? session.commit() : session.rollback();
 *     },
 *   }),
 *   queriesMapper: (map) => map.bind(GetPrice, GetPriceHandler),
 * });
 * ```
 */
export function tsyringeContainer<Native extends TsyringeLike>(
  container: Native,
  options: ScopeHook<Native> = {},
): Container {
  function wrap(native: TsyringeLike): Container {
    return {
      resolve: <T>(token: AbstractClass<T>) => native.resolve(token as Class<T>),
      createScope: (): ContainerScope => {
        const scope = native.createChildContainer();
        const close = (error?: unknown) =>
          closeWithHook(options, scope as Native, error, () => scope.dispose());
        return { ...wrap(scope), close };
      },
    };
  }
  return wrap(container);
}
