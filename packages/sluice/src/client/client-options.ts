import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Logger } from "../handlers/logger.js";
import type { Exposed } from "../http/exposed.js";
import { checkDispatchOptions } from "../mediator/check-dispatch-options.js";
import type { RetryOptions } from "../middleware/retry-policy.js";

/** Headers, or what makes them: it is asked afresh for each try, and may be async. */
export type HeadersSource =
  | Readonly<Record<string, string>>
  | Headers
  | (() => Readonly<Record<string, string>> | Headers | Promise<Readonly<Record<string, string>> | Headers>);

/**
 * When a call may be tried again, as of the `retry` middleware. A call that is tried again may have been handled
 * before: only the answer was lost. A stream is tried again only while nothing of it has arrived.
 */
export interface ClientRetryOptions extends Omit<RetryOptions, "retryOn"> {
  /**
   * Which failures are tried again: error classes, compared by `instanceof`, or a function that says so. By default a
   * ConnectionLostError, and a RemoteError with status 408, 425, 429, 502, 503 or 504.
   */
  readonly retryOn?: RetryOptions["retryOn"];
}

export interface ClientOptions {
  /** Headers for every request, as `authorization`. A function is called afresh for each try. */
  readonly headers?: HeadersSource | undefined;
  /**
   * The names on the wire, where they are not the names of the classes: the entries that the server has. A bundler
   * that renames classes makes them necessary.
   */
  readonly messages?: readonly Exposed[] | undefined;
  /** Tries queries again that failed. Commands are tried again only where a call of its own says so. @default never */
  readonly retry?: ClientRetryOptions | undefined;
  /**
   * A stream to which nothing came for so long, not even a heartbeat, is lost. In milliseconds from 1 up; 0: it may be
   * silent for ever. The server's heartbeat comes every 15,000. It counts only while an item is waited for. What waits
   * for `send` has a signal for that: `AbortSignal.timeout(ms)`.
   * @default 45_000
   */
  readonly idleTimeoutMs?: number | undefined;
  /** The longest frame of a stream, and the longest response of `send`: characters from 1 up. @default 4_194_304 */
  readonly maxLength?: number | undefined;
  /** Makes the requests; for cookies of another origin, a proxy, tests. @default the global `fetch` */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Is told when something is tried again. @default console */
  readonly logger?: Logger | undefined;
}

/** What may be said of one call. */
export interface CallOptions {
  /** When it aborts, whoever waits is rejected at once with its reason, and the far handler is ended. */
  readonly signal?: AbortSignal | null | undefined;
  /** Further headers, which win over the client's. */
  readonly headers?: HeadersSource | undefined;
  /** Tries this call again when it fails, whether it is a query or a command; `false`: not even a query. */
  readonly retry?: ClientRetryOptions | false | undefined;
}

/** Refuses options outside their range. */
export function checkClientOptions(options: ClientOptions): void {
  check("options", options, "an object", typeof options === "object" && options !== null);
  const { messages, idleTimeoutMs, maxLength, fetch, headers, retry, logger } = options;
  check("messages", messages, "a list of request classes", messages === undefined || Array.isArray(messages));
  const isTime = idleTimeoutMs === undefined || (idleTimeoutMs >= 0 && idleTimeoutMs <= 2_147_483_647);
  check("idleTimeoutMs", idleTimeoutMs, "milliseconds from 0 to 2,147,483,647", isTime);
  const isLength = maxLength === undefined || (Number.isSafeInteger(maxLength) && maxLength >= 1);
  check("maxLength", maxLength, "a whole number of characters from 1 up", isLength);
  check("fetch", fetch, "a function", fetch === undefined || typeof fetch === "function");
  check(
    "logger",
    logger,
    "a Logger, as console is",
    logger === undefined || typeof logger?.warn === "function",
  );
  checkHeaders("headers", headers);
  checkRetry("retry", retry);
}

/** Refuses the options of a call that are outside their range. */
export function checkCallOptions(options: CallOptions, method: string): void {
  checkDispatchOptions(options as object, method);
  checkHeaders(`${method} headers`, options.headers);
  checkRetry(`${method} retry`, options.retry);
}

function checkRetry(option: string, retry: unknown): void {
  const fits = retry === undefined || retry === false || (typeof retry === "object" && retry !== null);
  check(option, retry, "an object with attempts, or false", fits);
}

function checkHeaders(option: string, headers: unknown): void {
  const fits =
    headers === undefined || typeof headers === "function" || (typeof headers === "object" && headers);
  check(option, headers, "an object of strings, Headers, or a function that gives them", Boolean(fits));
}

function check(option: string, given: unknown, expected: string, fits: boolean): void {
  if (!fits) throw new InvalidOptionError(option, given, expected);
}
