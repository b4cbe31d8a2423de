import type { HttpHandler } from "../http-handler.js";
import { problemResponse } from "../problem.js";
import type { NodeRequest } from "./node-request.js";
import type { NodeResponse } from "./node-response.js";
import { toWebRequest } from "./to-web-request.js";
import { writeResponse } from "./write-response.js";

/** How long a client whose request was refused may go on sending it, in milliseconds, before it is cut off. */
const lingerMs = 1_000;

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
  return (req, res) => void respond(handle, req, res);
}

async function respond(handle: HttpHandler, req: NodeRequest, res: NodeResponse): Promise<void> {
  const leaving = new AbortController();
  res.once("close", () => {
    if (!res.writableEnded) leaving.abort();
  });
  // HTTP/2 reports there what happens to the stream; without a listener that would end the process.
  req.on("error", () => {});
  let response: Response;
  try {
    const request = toWebRequest(req, { signal: leaving.signal });
    response = await handle(request, { remoteAddress: req.socket.remoteAddress });
  } catch {
    response = problemResponse({ status: 400, title: "Bad Request" });
  }
  if (!req.complete && req.method !== "GET" && req.method !== "HEAD") stopReading(req, res);
  await writeResponse(response, res);
}

/**
 * Throws away what is left of a request that is answered already, for a while: closing at once would make the client's
 * system drop the answer too.
 */
function stopReading(req: NodeRequest, res: NodeResponse): void {
  const timer = setTimeout(() => res.destroy(), lingerMs);
  res.once("close", () => clearTimeout(timer));
  req.on("end", () => clearTimeout(timer));
  req.resume();
}
