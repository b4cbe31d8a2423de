import type { HttpHandler } from "../http-handler.js";
import { callHandler } from "./call-handler.js";
import type { NodeRequest } from "./node-request.js";
import type { NodeResponse } from "./node-response.js";
import { writeResponse } from "./write-response.js";

/**
 * A listener for `createServer` of node:http, node:https and node:http2, and for whatever passes such requests on
 * (Express, Connect). Streams go out without the detour over a web stream.
 *
 * When the client leaves, the request's signal aborts and the handler ends (rule S7).
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { bootstrapStreaming, Query } from "sluice";
 * import { createHttpHandler } from "sluice/http";
 * import { toNodeListener } from "sluice/http/node";
 *
 * class CountTo extends Query<number> {
 *   constructor(readonly last: number) { super(); }
 * }
 *
 * const mediator = bootstrapStreaming({
 *   queriesMapper: (map) => map.bind(CountTo, async function* ({ last }) {
 *     for (let n = 1; n <= last; n++) yield n;
 *   }),
 * });
 * const server = createServer(toNodeListener(createHttpHandler(mediator, { stream: [CountTo] })));
 * server.listen(0, "127.0.0.1", () => server.close());
 * ```
 */
export function toNodeListener(handle: HttpHandler): (req: NodeRequest, res: NodeResponse) => void {
  return async (req, res) => writeResponse(await callHandler(handle, req, res, { native: req }), res);
}
