import type { SlotHolder } from "../handlers/lineage.js";
import type { EventRun } from "./event-run.js";

/** The events of one key: the one under way, and those that wait for it. */
export interface Lane {
  owner: EventRun;
  readonly key: unknown;
  readonly waiting: EventRun[];
  next: number;
}

/** Keeps the events of one key in order for one handler, over all dispatches (rule E7). */
export class KeyLanes {
  readonly #orderBy: (event: never) => unknown;
  readonly #lanes = new Map<unknown, Lane>();

  constructor(orderBy: (event: never) => unknown) {
    this.#orderBy = orderBy;
  }

  /** The run that must be done before this one may go; `undefined` when it may go now. */
  enter(run: EventRun): EventRun | undefined {
    const key = this.#orderBy(run.message as never);
    if (key === undefined) return undefined;
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      run.lane = { owner: run, key, waiting: [], next: 0 };
      this.#lanes.set(key, run.lane);
      return undefined;
    }
    if (mustNotWait(run, lane.owner)) return undefined;
    lane.waiting.push(run);
    return lane.owner;
  }

  /** Lets the next of the lane go; `undefined` when none waits. */
  leave(lane: Lane): EventRun | undefined {
    let next = lane.waiting[lane.next++];
    while (next?.isDropped) next = lane.waiting[lane.next++];
    if (next === undefined) this.#lanes.delete(lane.key);
    else {
      lane.owner = next;
      next.lane = lane;
    }
    return next;
  }
}

/**
 * What a handler started while it holds the lane must not wait for it, nor for what runs only after that handler:
 * that would never end (rule E5).
 */
function mustNotWait(run: EventRun, owner: EventRun): boolean {
  let holder: SlotHolder | undefined = run.dispatch.slotHolder;
  while (holder !== undefined) {
    if (holder === owner || holder === (owner.batch as SlotHolder)) return true;
    if (owner.batch.sequential && (holder as EventRun).batch === owner.batch) return true;
    holder = holder.dispatch.slotHolder;
  }
  return false;
}
