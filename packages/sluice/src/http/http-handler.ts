import type { HttpConnection } from "./http-call.js";
import type { HttpHandlerOptions } from "./http-handler-options.js";
import type { HttpMediator } from "./http-mediator.js";
import { HttpServer } from "./http-server.js";

/** Answers a request of the web platform. It never rejects, and never throws. */
export type HttpHandler = (request: Request, connection?: HttpConnection) => Promise<Response>;

/**
 * Makes the exposed requests of a mediator callable over HTTP, for any server that speaks `Request` and `Response`;
 * `sluice/http/node` has the way to node:http. What is not listed is not reachable.
 *
 * `{basePath}{name}` takes the request's fields as JSON, by POST; a class that extends {@link Query} also by GET, with
 * the JSON in `?input=`. A sent request is answered with JSON, a streamed one as the `Accept` header says:
 * `text/event-stream`, `application/x-ndjson`, or one JSON array. Errors are problem details (RFC 9457).
 *
 * The handler of a streamed request advances only when its reader takes more. A reader that leaves ends it (rule S7).
 *
 * @throws {InvalidOptionError} an option is outside its range, a name stands for two requests.
 *
 * @example
 * ```ts
 * import { bootstrapStreaming, Query } from "sluice";
 * import { createHttpHandler } from "sluice/http";
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
 * const handle = createHttpHandler(mediator, { stream: [CountTo] });
 *
 * const response = await handle(new Request("http://localhost/CountTo?input=%7B%22last%22:3%7D"));
 * console.log(await response.json()); // [1, 2, 3]
 * ```
 */
export function createHttpHandler<Identity = undefined>(
  mediator: HttpMediator,
  options: HttpHandlerOptions<Identity>,
): HttpHandler {
  const server = new HttpServer(mediator, options);
  return (request, connection) => server.answer(request, connection);
}
