import type { Container } from "../containers/container.js";
import type { Event } from "../messages/event.js";
import type { ContextMediator } from "./context-mediator.js";
import type { Dispatch } from "./dispatch.js";
import type { DispatchList } from "./dispatch-list.js";
import type { HandlerRun } from "./handler-run.js";
import type { Lineage, LineageTracker } from "./lineage.js";
import type { Logger } from "./logger.js";

/** Which scope a handler is resolved in (rules U). */
export type ScopeMode = "handler" | "dispatch" | "none";

/** A batch of events in process. */
export interface RunningEvents {
  /** How many handlers are at work. */
  readonly running: number;
  /** Drops what has not started; what runs is awaited as before. */
  cancel(): void;
}

/** What event handlers that failed make of a dispatch. */
export interface EventsError extends Error {
  /** The same, with the response or the item that was ready. */
  withResponse(response: unknown): Error;
}

/** Handles events with all their follow-ups. */
export interface EventSink {
  /** Whether the event handlers of a dispatch run one at a time. */
  isSequential(dispatch: Dispatch): boolean;
  /**
   * `done` is called once, when everything has settled: without an error, or with the error that the mediator's
   * policy makes of the failures. It may be called before `process` returns.
   */
  process(
    events: readonly Event[],
    dispatch: Dispatch,
    cause: HandlerRun | undefined,
    done: (error: EventsError | undefined) => void,
  ): RunningEvents;
}

/** What all dispatches of one mediator share. */
export interface Runtime {
  readonly container: Container | undefined;
  readonly scope: ScopeMode;
  readonly logger: Logger;
  readonly hasBroker: boolean;
  /** `undefined` where lineage is known through `context.mediator` only. */
  readonly lineage: LineageTracker | undefined;
  readonly closeTimeoutMs: number;
  /** What is under way, for `close()` to await. */
  readonly active: DispatchList;
  readonly events: EventSink;
  mediatorFor(lineage: Lineage): ContextMediator;
}
