import type { EventRun } from "./event-run.js";
import type { KeyLanes } from "./key-lanes.js";

/** One way an event goes: to a handler, or to the message broker. */
export interface EventRoute {
  /** The handler's name. */
  readonly name: string;
  /** Keeps events of one key in order; `undefined` where order does not matter. */
  readonly lanes: KeyLanes | undefined;
  /** Runs the handler with the middleware around it. */
  invoke(run: EventRun): unknown;
}
