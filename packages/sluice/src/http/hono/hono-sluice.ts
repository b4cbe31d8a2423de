import type { Context, Env, Handler } from "hono";
import { routePath } from "hono/route";
import type { AdapterOptions } from "../adapter-options.js";
import { basePathOf } from "../base-path-of.js";
import { createHttpHandler } from "../http-handler.js";
import type { HttpMediator } from "../http-mediator.js";

/** As those of `createHttpHandler`; in hooks, `native` is Hono's context. */
export type HonoSluiceOptions<Identity = undefined, E extends Env = Env> = AdapterOptions<
  Identity,
  Context<E>
>;

/** What @hono/node-server puts into the environment. */
interface NodeBindings {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } } | undefined;
}

export function honoSluice<Identity = undefined, E extends Env = Env>(
  mediator: HttpMediator,
  options: HonoSluiceOptions<Identity, E>,
): Handler<E> {
  const handle = createHttpHandler<Identity, Context<E>>(mediator, options);
  return (c) =>
    handle(c.req.raw, {
      remoteAddress: (c.env as NodeBindings | undefined)?.incoming?.socket.remoteAddress,
      basePath: basePathOf(routePath(c), c.req.path),
      native: c as Context<E>,
    });
}
