import { HandlerRun } from "../handlers/handler-run.js";
import type { SlotHolder } from "../handlers/lineage.js";
import type { EventBatch } from "./event-batch.js";
import type { EventRoute } from "./event-route.js";
import type { Lane } from "./key-lanes.js";

/** One event on its way to one handler. */
export class EventRun extends HandlerRun implements SlotHolder {
  holdsSlot = false;
  /** How many runs that were started under it wait for their key. */
  keyWaits = 0;

  // Few runs need these: they are there from when they are first set, because a small run is a quick one.
  /** Whose slot it runs in, when that is lent. */
  declare lender: EventRun | EventBatch | undefined;
  /** Who runs in its slot meanwhile. */
  declare borrower: EventRun | undefined;
  /** The lane that it keeps to itself until it is done. */
  declare lane: Lane | undefined;
  /** The handlers that wait for it, while it waits for its key. */
  declare waitsUnder: readonly EventRun[] | undefined;
  /** Given up before it started. */
  declare isDropped: true | undefined;

  constructor(
    readonly batch: EventBatch,
    event: object,
    route: EventRoute,
    cause: HandlerRun | undefined,
    /** How many events led to this one; 0 for what the request's handler emitted. */
    readonly depth: number,
  ) {
    super(batch.dispatch, event, cause, route);
  }

  get route(): EventRoute {
    return this.handler as EventRoute;
  }

  override get slotHolder(): SlotHolder {
    return this;
  }
}
