import { describe } from "../errors/describe.js";
import { SluiceError } from "../errors/sluice-error.js";

const doing = { request: "answer", item: "give the next item of", event: "handle" } as const;

/** A handler took longer than `timeout(…)` lets it. Its signal was aborted, with this error for its reason. */
export class TimeoutError extends SluiceError {
  readonly code = "SLUICE_TIMEOUT";

  constructor(
    /** What took too long: the answer to a request, an item of a stream, or the handling of an event. */
    readonly what: "request" | "item" | "event",
    /** How long it was waited for, in milliseconds. */
    readonly timeoutMs: number,
    /** The handler's name, or `"MessageBroker"`. */
    readonly handler: string,
    /** The request or the event. */
    readonly dispatched: object,
  ) {
    super(
      `${handler} did not ${doing[what]} ${describe(dispatched)} within ${timeoutMs} ms. Its signal was aborted; a ` +
        "handler that does not honour context.signal goes on to its own end.",
    );
  }
}
