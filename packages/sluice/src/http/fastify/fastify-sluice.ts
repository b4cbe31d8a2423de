import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { AdapterOptions } from "../adapter-options.js";
import { basePathOf } from "../base-path-of.js";
import { createHttpHandler } from "../http-handler.js";
import type { HttpMediator } from "../http-mediator.js";
import { callHandler } from "../node/call-handler.js";
import type { NodeResponse } from "../node/node-response.js";
import { writeResponse } from "../node/write-response.js";
import { responseStream } from "../response-stream.js";

/** As those of `createHttpHandler`; in hooks, `native` is Fastify's own request. */
export interface FastifySluiceOptions extends AdapterOptions<unknown, FastifyRequest> {
  /** Whoever made it closes it. */
  readonly mediator: HttpMediator;
}

/**
 * Exposes requests of a mediator below the `prefix` that the plugin is registered with. It is encapsulated: its way
 * with bodies, which it reads itself under its own limits, changes nothing for other routes.
 *
 * Hooks of Fastify run before it. Answers go through `reply.send`, so `onSend` hooks see them; a stream is hijacked,
 * with the headers that `reply` has by then, and only `onResponse` follows. When the server closes, open streams are
 * cut and their handlers end.
 *
 * `request.ip` is the address by which streams are counted, so `trustProxy` holds.
 *
 * @throws {InvalidOptionError} as `createHttpHandler`; `app.ready()` rejects with it.
 *
 * @example
 * ```ts
 * import Fastify from "fastify";
 * import { bootstrap, Query } from "sluice";
 * import { fastifySluice } from "sluice/http/fastify";
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
 * const app = Fastify();
 * app.register(fastifySluice, { prefix: "/api", mediator, stream: [CountTo] });
 * await app.listen({ port: 0, host: "127.0.0.1" });
 * await app.close();
 * ```
 */
export const fastifySluice: FastifyPluginAsync<FastifySluiceOptions> = async (app, options) => {
  const handle = createHttpHandler(options.mediator, options);
  const open = new Set<NodeResponse>();

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _body, done) => done(null));

  app.all("/*", async (request, reply) => {
    const { raw: res } = reply;
    const response = await callHandler(handle, request.raw, res, {
      remoteAddress: request.ip,
      basePath: basePathOf(request.routeOptions.url ?? "/*", request.url),
      native: request,
    });
    if (responseStream(response) === undefined) return send(response, reply);
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) res.setHeader(name, value);
    }
    open.add(res);
    await writeResponse(response, res);
    open.delete(res);
  });

  // Fastify waits for what is under way, and a stream may never end by itself.
  app.addHook("preClose", async () => {
    for (const res of open) res.destroy();
  });
};

Object.assign(fastifySluice, {
  [Symbol.for("fastify.display-name")]: "sluice",
  [Symbol.for("plugin-meta")]: { name: "sluice", fastify: "5.x" },
});

async function send(response: Response, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(response.status);
  for (const [name, value] of response.headers) reply.header(name, value);
  // As bytes, to which Fastify adds no charset of its own.
  return reply.send(response.body === null ? undefined : new Uint8Array(await response.arrayBuffer()));
}
