import type { Context, Env, Handler } from "hono";
import { routePath } from "hono/route";
import type { AdapterOptions } from "../adapter-options.js";
import { basePathOf } from "../base-path-of.js";
import { createHttpHandler } from "../http-handler.js";
import type { HttpMediator } from "../http-mediator.js";
import { responseStream } from "../response-stream.js";

/** As those of `createHttpHandler`; in hooks, `native` is Hono's context. */
export type HonoSluiceOptions<Identity = undefined, E extends Env = Env> = AdapterOptions<
  Identity,
  Context<E>
>;

/** What @hono/node-server puts into the environment. */
interface NodeBindings {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } } | undefined;
}

/**
 * A handler that exposes requests of a mediator below a path of a Hono application: mount it under a wildcard. It runs
 * wherever Hono does, and what middleware does with a response holds for its own too.
 *
 * Streams are counted by the address of the connection under @hono/node-server; elsewhere name the client with the hook
 * `client`.
 *
 * @throws {InvalidOptionError} as `createHttpHandler`.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { bootstrap, Query } from "sluice";
 * import { honoSluice } from "sluice/http/hono";
 *
 * class CountTo extends Query<number> {
 *   constructor(readonly last: number) { super(); }
 * }
 *
 * const mediator = bootstrap({
 *   queriesMapper: (map) => map.bind(CountTo, async function* ({ last }) {
 *     for (let n = 1; n <= last; n++) yield n;
 *   }),
 * });
 *
 * const app = new Hono().all("/api/*", honoSluice(mediator, { stream: [CountTo] }));
 *
 * const response = await app.request("/api/CountTo?input=%7B%22last%22:3%7D");
 * console.log(await response.json()); // [1, 2, 3]
 * ```
 */
export function honoSluice<Identity = undefined, E extends Env = Env>(
  mediator: HttpMediator,
  options: HonoSluiceOptions<Identity, E>,
): Handler<E> {
  const handle = createHttpHandler<Identity, Context<E>>(mediator, options);
  return async (c) => {
    const { incoming } = (c.env ?? {}) as NodeBindings;
    const response = await handle(c.req.raw, {
      remoteAddress: incoming?.socket.remoteAddress,
      basePath: basePathOf(routePath(c), c.req.path),
      native: c as Context<E>,
    });
    const isStream = response.body === null || responseStream(response) !== undefined;
    // Through the context, so that it adds the headers that were set on it before.
    return c.newResponse(isStream ? response.body : await response.arrayBuffer(), response);
  };
}
