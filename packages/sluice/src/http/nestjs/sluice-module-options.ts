import type { ScopeHook } from "../../containers/scope-hook.js";
import type { BootstrapOptions } from "../../mediator/bootstrap-options.js";
import type { AdapterOptions } from "../adapter-options.js";
import type { NestScope } from "./nest-container.js";

/**
 * As those of `createHttpHandler`; in hooks, `native` is the request of the platform, Express' or Fastify's.
 *
 * A call joins the scope of its request (rule U3), which guards and interceptors share with the handler, and `REQUEST`
 * can be injected. Nobody closes that scope. With `scope: () => undefined` each run of a handler has a scope of its own
 * instead, and `onScopeClose` runs before the client is answered.
 */
// biome-ignore lint/suspicious/noExplicitAny: as Nest's own getRequest(), since the platform is known to the user only
export type NestHttpOptions = AdapterOptions<unknown, any>;

/** As those of `bootstrap`, whose container is Nest; and what is exposed over HTTP. */
export interface SluiceModuleOptions extends Omit<BootstrapOptions, "container">, ScopeHook<NestScope> {
  /** What clients may call, below the module's `path`. */
  readonly http?: NestHttpOptions | undefined;
}

/** What must be known before anything is made, and so stands beside `useFactory`. */
export interface SluiceModuleExtras {
  /** The path below which `http` exposes requests; without one, nothing is. */
  readonly path?: string | undefined;
  /** Whether every module can inject the mediator without importing this one. @default false */
  readonly isGlobal?: boolean | undefined;
}
