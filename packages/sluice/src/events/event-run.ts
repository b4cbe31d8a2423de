import { HandlerRun } from "../handlers/handler-run.js";
import type { SlotHolder } from "../handlers/lineage.js";
import type { EventBatch } from "./event-batch.js";
import type { EventRoute } from "./event-route.js";
import type { Lane } from "./key-lanes.js";

/** What few runs need: a slot that is lent, a place in a lane. */
class Extras {
  lender: EventRun | EventBatch | undefined;
  borrower: EventRun | undefined;
  lane: Lane | undefined;
  dropped = false;
  waitsUnder: readonly EventRun[] | undefined;
  keyWaits = 0;
}

/** One event on its way to one handler. */
export class EventRun extends HandlerRun implements SlotHolder {
  holdsSlot = false;
  #extras: Extras | undefined;

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

  get #more(): Extras {
    this.#extras ??= new Extras();
    return this.#extras;
  }

  get route(): EventRoute {
    return this.handler as EventRoute;
  }

  override get slotHolder(): SlotHolder {
    return this;
  }

  /** Whose slot it runs in, when that is lent. */
  get lender(): EventRun | EventBatch | undefined {
    return this.#extras?.lender;
  }

  set lender(lender: EventRun | EventBatch | undefined) {
    this.#more.lender = lender;
  }

  /** Who runs in its slot meanwhile. */
  get borrower(): EventRun | undefined {
    return this.#extras?.borrower;
  }

  set borrower(borrower: EventRun | undefined) {
    this.#more.borrower = borrower;
  }

  /** The lane that it keeps to itself until it is done. */
  get lane(): Lane | undefined {
    return this.#extras?.lane;
  }

  set lane(lane: Lane | undefined) {
    this.#more.lane = lane;
  }

  /** The handlers that wait for it, while it waits for its key. */
  get waitsUnder(): readonly EventRun[] | undefined {
    return this.#extras?.waitsUnder;
  }

  set waitsUnder(holders: readonly EventRun[] | undefined) {
    this.#more.waitsUnder = holders;
  }

  /** How many runs that were started under it wait for their key. */
  get keyWaits(): number {
    return this.#extras?.keyWaits ?? 0;
  }

  set keyWaits(count: number) {
    this.#more.keyWaits = count;
  }

  /** Given up before it started. */
  get isDropped(): boolean {
    return this.#extras?.dropped ?? false;
  }

  drop(): void {
    this.#more.dropped = true;
  }
}
