import { SluiceError } from "../errors/sluice-error.js";
import type { ProblemDetails } from "../http/problem.js";

/** The far end answered that it failed: what it says of that stands in {@link problem}. */
export class RemoteError extends SluiceError {
  readonly code = "SLUICE_REMOTE";

  constructor(
    /** The request's name on the wire. */
    readonly request: string,
    /** The HTTP status; of a stream that failed on its way, the one that its problem details name. */
    readonly status: number,
    /** `undefined` where the answer was no problem details: something else than Sluice gave it, a proxy for instance. */
    readonly problem: ProblemDetails | undefined,
    /** How many items had arrived before; 0 for `send`. */
    readonly items: number,
    explanation: string,
    /** How long the far end wants to be left alone, in milliseconds; `undefined` where it does not say. */
    readonly retryAfterMs?: number | undefined,
  ) {
    super(`${request}${after(items)}: the far end answered ${status} ${explanation}`);
  }
}

/**
 * There was no connection, or it ended before the answer was whole. {@link items} says what arrived. Whether the far
 * handler did its work is unknown.
 */
export class ConnectionLostError extends SluiceError {
  readonly code = "SLUICE_CONNECTION_LOST";

  constructor(
    /** The request's name on the wire. */
    readonly request: string,
    /** How many items had arrived; 0 for `send`. */
    readonly items: number,
    what: string,
    options?: ErrorOptions,
  ) {
    super(
      `${request}${after(items)}: ${what}. Whether it was handled is unknown; allow a retry only where it may be ` +
        "handled twice.",
      options,
    );
  }
}

/** An answer came that is not what the far end of this client writes. */
export class ProtocolError extends SluiceError {
  readonly code = "SLUICE_PROTOCOL";

  constructor(
    /** The request's name on the wire. */
    readonly request: string,
    /** How many items had arrived; 0 for `send`. */
    readonly items: number,
    what: string,
    options?: ErrorOptions,
  ) {
    super(`${request}${after(items)}: ${what}.`, options);
  }
}

function after(items: number): string {
  return items === 0 ? "" : `, after ${items} ${items === 1 ? "item" : "items"}`;
}
