import { type ContextId, ContextIdFactory, type ModuleRef } from "@nestjs/core";
import type { Container, ContainerScope } from "../../containers/container.js";
import { closeWithHook, type ScopeHook } from "../../containers/scope-hook.js";
import type { AbstractClass, Class } from "../../messages/class.js";

/** A scope of Nest's: what is request-scoped is made once in it. */
export interface NestScope {
  readonly contextId: ContextId;
  resolve<T>(token: AbstractClass<T>): Promise<T>;
}

/**
 * Resolves handlers from all modules of a Nest application. Providers of `Scope.REQUEST` are made once for each scope,
 * those of the default scope once for all; Nest disposes of neither before the application closes. A transient provider
 * is one instance for each scope that asks for it.
 */
export function nestContainer(moduleRef: ModuleRef, options: ScopeHook<NestScope> = {}): Container {
  const resolveIn = <T>(token: AbstractClass<T>, contextId?: ContextId) =>
    moduleRef.resolve<T>(token as Class<T>, contextId, { strict: false });
  return {
    resolve: (token) => resolveIn(token),
    createScope: () => {
      const scope = scopeOf(moduleRef, ContextIdFactory.create());
      return { ...scope, close: (error?: unknown) => closeWithHook(options, scope, error, () => {}) };
    },
  };
}

const contextIds = new WeakMap<object, ContextId>();

/**
 * The scope of a request of the application, for a dispatch to join (rule U3): `mediator.send(query, { scope })` in a
 * controller then shares request-scoped providers with it. The same each time for the same request; nobody closes it.
 */
export function requestScope(moduleRef: ModuleRef, request: object): ContainerScope {
  let contextId = contextIds.get(request);
  if (contextId === undefined) {
    contextId = ContextIdFactory.getByRequest(request);
    contextIds.set(request, contextId);
    moduleRef.registerRequestByContextId(request, contextId);
  }
  return { ...scopeOf(moduleRef, contextId), close: async () => {} };
}

function scopeOf(moduleRef: ModuleRef, contextId: ContextId): NestScope {
  return {
    contextId,
    resolve: <T>(token: AbstractClass<T>) =>
      moduleRef.resolve<T>(token as Class<T>, contextId, { strict: false }),
  };
}
