import { HandlerRun } from "../handlers/handler-run.js";
import type { SlotHolder } from "../handlers/lineage.js";
import type { EventBatch } from "./event-batch.js";
import type { EventRoute } from "./event-route.js";
import type { Lane } from "./key-lanes.js";

/** One event on its way to one handler. */
export class EventRun extends HandlerRun implements SlotHolder {
  holdsSlot = false;
  /** Whose slot it runs in, when that is lent. */
  lender: EventRun | EventBatch | undefined = undefined;
  /** Who runs in its slot meanwhile. */
  borrower: EventRun | undefined = undefined;
  lane: Lane | undefined = undefined;
  dropped = false;

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
