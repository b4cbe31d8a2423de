import type { ItemStream } from "../handlers/context-mediator.js";
import { consoleLogger } from "../handlers/logger.js";
import { Query } from "../messages/query.js";
import { isRequest, type Request } from "../messages/request.js";
import { RetryPolicy } from "../middleware/retry-policy.js";
import { InvalidRequestError } from "../requests/request-errors.js";
import { parseBaseUrl } from "./base-url.js";
import type { Call } from "./call.js";
import { ConnectionLostError, RemoteError } from "./client-errors.js";
import {
  type CallOptions,
  type ClientOptions,
  type ClientRetryOptions,
  checkCallOptions,
  checkClientOptions,
  type HeadersSource,
} from "./client-options.js";
import { RemoteStream } from "./remote-stream.js";
import { sendCall } from "./send-call.js";
import { WireNames } from "./wire-names.js";

/** Sends requests to a far mediator, and streams them from there. It holds nothing open between calls. */
export interface Client {
  /**
   * Sends a request to its one handler; gives the response as it comes out of JSON.
   *
   * @throws {RemoteError} it failed at the far end.
   * @throws {ConnectionLostError} there is no telling whether it was handled.
   * @throws {ProtocolError} the answer is not what a Sluice handler writes.
   * @throws {EncodeRefusedError} JSON would change the request.
   */
  send<R>(request: Request<R>, options?: CallOptions): Promise<R>;
  /**
   * Streams the items of a request, as they come out of JSON. The request goes out at the first `next()` (rule S1);
   * what is read is what is asked for, so that a slow consumer slows the far handler; `return()`, which `break` calls,
   * ends it.
   *
   * Items that came before a failure are delivered first. A connection that is cut is never taken for the end.
   *
   * @throws {RemoteError} from `next()`: it failed at the far end, after `items` items.
   * @throws {ConnectionLostError} from `next()`: the stream was cut after `items` items.
   * @throws {ProtocolError} from `next()`: the answer is not what a Sluice handler writes.
   * @throws {EncodeRefusedError} JSON would change the request.
   */
  stream<R>(request: Request<R>, options?: CallOptions): ItemStream<R>;
}

/**
 * Makes a client for what `createHttpHandler` exposes, by `fetch` alone: in browsers, Node, Deno, Bun and workers.
 *
 * Requests are the same classes as in process, and the answers have their types. Nothing is sent twice unless `retry`
 * allows it.
 *
 * @param baseUrl where the far handler stands; in a page it may be relative to the page.
 * @throws {InvalidOptionError} the URL or an option is out of range.
 *
 * @example
 * ```ts
 * import { Query, type Request } from "sluice";
 * import { createClient } from "sluice/client";
 *
 * class GetUser extends Query<{ name: string }> {
 *   constructor(readonly userId: string) { super(); }
 * }
 *
 * const client = createClient("https://example.com/api/", {
 *   headers: () => ({ authorization: `Bearer ${localStorage.getItem("token")}` }),
 * });
 *
 * async function nameOf(userId: string) {
 *   const { name } = await client.send(new GetUser(userId));
 *   return name;
 * }
 * ```
 */
export function createClient(baseUrl: string | URL, options: ClientOptions = {}): Client {
  checkClientOptions(options);
  const base = parseBaseUrl(baseUrl);
  const { idleTimeoutMs = 45_000, maxLength = 4_194_304, logger = consoleLogger } = options;
  const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const names = new WireNames(options.messages ?? []);
  const retryQueries = policyOf(options.retry);

  function prepare(request: Request<unknown>, given: CallOptions, method: "send" | "stream"): Call {
    if (!isRequest(request)) throw new InvalidRequestError(request, `${method}()`);
    checkCallOptions(given, method);
    const { name, bytes } = names.encode(request);
    const accept = method === "send" ? "application/json" : "application/x-ndjson";
    const sources = [options.headers, given.headers];
    return {
      name,
      url: new URL(encodeURIComponent(name), base),
      body: bytes as Uint8Array<ArrayBuffer>,
      accept,
      fetch,
      maxLength,
      idleTimeoutMs: method === "send" ? 0 : idleTimeoutMs,
      retry:
        given.retry === undefined
          ? request instanceof Query
            ? retryQueries
            : undefined
          : policyOf(given.retry),
      logger,
      // One response: a stream would be a list of items, and nobody would notice.
      headers: () => headersOf(method === "send" ? `${accept};as=response` : accept, sources),
    };
  }

  return {
    async send<R>(request: Request<R>, given: CallOptions = {}) {
      return (await sendCall(prepare(request, given, "send"), given.signal ?? undefined)) as R;
    },
    stream<R>(request: Request<R>, given: CallOptions = {}) {
      return new RemoteStream(prepare(request, given, "stream"), given.signal ?? undefined) as ItemStream<R>;
    },
  };
}

function policyOf(retry: ClientRetryOptions | false | undefined): RetryPolicy | undefined {
  return retry ? new RetryPolicy({ retryOn: mayPass, ...retry }) : undefined;
}

const passingStatuses = [408, 425, 429, 502, 503, 504];

/** Whether the same request may succeed a moment later. */
function mayPass(error: unknown): boolean {
  if (error instanceof RemoteError) return passingStatuses.includes(error.status);
  return error instanceof ConnectionLostError;
}

async function headersOf(accept: string, sources: readonly (HeadersSource | undefined)[]): Promise<Headers> {
  const headers = new Headers();
  for (const source of sources) {
    const given = typeof source === "function" ? await source() : source;
    for (const [name, value] of new Headers(given)) headers.set(name, value);
  }
  headers.set("accept", accept);
  headers.set("content-type", "application/json");
  return headers;
}
