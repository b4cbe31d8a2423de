import type { Logger } from "../handlers/logger.js";
import type { RetryPolicy } from "../middleware/retry-policy.js";

/** A request as it goes out: once, or once for each try. */
export interface Call {
  /** The name of the request on the wire. */
  readonly name: string;
  readonly url: URL;
  /** JSON in UTF-8. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** The media type of the answer that is wanted. */
  readonly accept: string;
  readonly fetch: typeof globalThis.fetch;
  /** The longest answer of `send`, the longest frame of a stream, in characters. */
  readonly maxLength: number;
  /** How long the far end may be silent, in milliseconds; 0: for ever. */
  readonly idleTimeoutMs: number;
  /** Decides whether there is another try; `undefined`: there is none. */
  readonly retry: RetryPolicy | undefined;
  /** Is told of another try. */
  readonly logger: Logger;
  /** Makes the headers of a try. */
  headers(): Promise<Headers>;
}

/** Resolves when it is time for the next try; rejects with the error when there is none, or with the signal's reason. */
export async function waitForNextTry(
  { name, retry, logger }: Call,
  attempt: number,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  if (retry === undefined) throw error;
  await retry.waitAfter(attempt, error, { signal, handlerName: name, logger });
}
