import { describe } from "../errors/describe.js";
import { reasonOf } from "../errors/reason.js";
import { brandError, SluiceError } from "../errors/sluice-error.js";

/** One handler that failed on one event. */
export interface EventFailure {
  readonly event: object;
  /** The handler's name, or `"MessageBroker"` for a broker that refused. */
  readonly handler: string;
  readonly error: unknown;
}

/**
 * Event handlers failed; all the others have run. `failures` names each event and handler, `errors` are their errors.
 * `response` is the answer of the request, or the item of the stream, that was ready.
 */
export class EventHandlingError extends AggregateError implements SluiceError {
  readonly code = "SLUICE_EVENT_HANDLING";
  readonly response: unknown;

  constructor(
    readonly failures: readonly EventFailure[],
    response?: unknown,
  ) {
    const lines = failures.map(({ event, handler, error }) => {
      return `${handler} failed on ${describe(event)}: ${reasonOf(error)}`;
    });
    super(
      failures.map(({ error }) => error),
      lines.length === 1 ? lines[0] : `${lines.length} event handlers failed:\n${lines.join("\n")}`,
      { cause: failures[0]?.error },
    );
    this.response = response;
    brandError(this, new.target.name);
  }

  /** The same failures, with the answer that was ready when they were found. */
  withResponse(response: unknown): EventHandlingError {
    return new EventHandlingError(this.failures, response);
  }
}

/** Follow-ups of follow-ups went on beyond `maxFollowUpDepth` (rule E8). */
export class FollowUpDepthError extends SluiceError {
  readonly code = "SLUICE_FOLLOW_UP_DEPTH";

  constructor(
    readonly maxFollowUpDepth: number,
    /** The names of the events, each emitted by a handler of the one before. */
    readonly chain: readonly string[],
  ) {
    const shown = chain.length > 12 ? [...chain.slice(0, 6), "…", ...chain.slice(-5)] : chain;
    super(
      `A chain of follow-up events is longer than maxFollowUpDepth (${maxFollowUpDepth}): ${shown.join(" → ")}. ` +
        "Look for a handler that emits what leads back to itself, or raise maxFollowUpDepth.",
    );
  }
}
