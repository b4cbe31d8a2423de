import type { AbstractClass } from "../messages/class.js";

/**
 * Where handlers come from. Anything with these members will do; adapters for awilix, tsyringe and inversify come
 * with the library.
 *
 * - `resolve` gives an instance of a class, or rejects or throws when it does not know it.
 * - `createScope` opens a scope of its own: what is resolved in it may be shared within it, never with another.
 *   Leave it out if the container has no scopes; asking for scopes is an error then (rule U4).
 * - All members must be safe to call while other calls are under way.
 */
export interface Container {
  resolve<T>(token: AbstractClass<T>): T | Promise<T>;
  createScope?(): ContainerScope;
}

/**
 * A unit of work. It is closed exactly once: without an error is the moment to commit, with one to roll back.
 * A `close` that rejects fails the dispatch it belongs to.
 */
export interface ContainerScope extends Container {
  close(error?: unknown): Promise<void>;
}
