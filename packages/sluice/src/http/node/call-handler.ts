import type { HttpConnection } from "../http-call.js";
import type { HttpHandler } from "../http-handler.js";
import { problemResponse } from "../problem.js";
import type { NodeRequest } from "./node-request.js";
import type { NodeResponse } from "./node-response.js";
import { toWebRequest, type WebRequestOptions } from "./to-web-request.js";

/** How long a client whose request was refused may go on sending it, in milliseconds, before it is cut off. */
const lingerMs = 1_000;

export type CallOptions<Native = unknown> = HttpConnection<Native> &
  Pick<WebRequestOptions, "parsedBody" | "url">;

/**
 * Asks a handler for its response to a request of node:http or node:http2, and writes nothing: {@link writeResponse}
 * does. For adapters of frameworks; {@link toNodeListener} is both. It never rejects.
 *
 * The request's signal aborts when `res` closes before its end. What is left of a request that was answered before it
 * was whole is thrown away for a while, then its connection is closed.
 */
export async function callHandler<Native>(
  handle: HttpHandler<Native>,
  req: NodeRequest,
  res: NodeResponse,
  { parsedBody, url, ...connection }: CallOptions<Native> = {},
): Promise<Response> {
  const leaving = new AbortController();
  res.once("close", () => {
    if (!res.writableEnded) leaving.abort();
  });
  // HTTP/2 reports there what happens to the stream; without a listener that would end the process.
  req.on("error", () => {});
  let response: Response;
  try {
    const request = toWebRequest(req, { signal: leaving.signal, parsedBody, url });
    response = await handle(request, { remoteAddress: req.socket.remoteAddress, ...connection });
  } catch {
    response = problemResponse({ status: 400, title: "Bad Request" });
  }
  if (!req.complete && req.method !== "GET" && req.method !== "HEAD") stopReading(req, res);
  return response;
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
