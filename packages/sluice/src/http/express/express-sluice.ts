import type { Request, RequestHandler } from "express";
import type { AdapterOptions } from "../adapter-options.js";
import { createHttpHandler } from "../http-handler.js";
import type { HttpMediator } from "../http-mediator.js";
import { callHandler } from "../node/call-handler.js";
import { writeResponse } from "../node/write-response.js";

/** As those of `createHttpHandler`; in hooks, `native` is Express' own request. */
export type ExpressSluiceOptions<Identity = undefined> = AdapterOptions<Identity, Request>;

/**
 * Exposes requests of a mediator below a path of an Express application. It answers everything below that path, and
 * calls no later middleware.
 *
 * It reads bodies itself, under its own limits. Behind `express.json()` it takes what that has left in `req.body`, and
 * that parser's limits hold too. `req.ip` is the address by which streams are counted, so the setting `trust proxy`
 * holds.
 *
 * @throws {InvalidOptionError} as `createHttpHandler`.
 *
 * @example
 * ```ts
 * import express from "express";
 * import { bootstrap, Query } from "sluice";
 * import { expressSluice } from "sluice/http/express";
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
 * const app = express();
 * app.use("/api", expressSluice(mediator, { stream: [CountTo] }));
 * const server = app.listen(0, "127.0.0.1", () => server.close());
 * ```
 */
export function expressSluice<Identity = undefined>(
  mediator: HttpMediator,
  options: ExpressSluiceOptions<Identity>,
): RequestHandler {
  const handle = createHttpHandler<Identity, Request>(mediator, options);
  return async (req, res) => {
    const response = await callHandler(handle, req, res, {
      remoteAddress: req.ip,
      basePath: `${req.baseUrl}/`,
      // Express takes off the path that it is mounted at.
      url: req.baseUrl + req.url,
      native: req,
    });
    await writeResponse(response, res);
  };
}
