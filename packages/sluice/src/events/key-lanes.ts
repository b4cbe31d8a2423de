import type { SlotHolder } from "../handlers/lineage.js";
import type { EventRun } from "./event-run.js";

/** The events of one key: the one under way, and those that wait for it. */
export interface Lane {
  owner: EventRun;
  readonly key: unknown;
  readonly waiting: EventRun[];
}

/** Keeps the events of one key in order for one handler, over all dispatches (rule E7). */
export class KeyLanes {
  readonly #orderBy: (event: never) => unknown;
  readonly #lanes = new Map<unknown, Lane>();

  constructor(orderBy: (event: never) => unknown) {
    this.#orderBy = orderBy;
  }

  /** Whether the run may go now; else it waits in its lane. */
  enter(run: EventRun): boolean {
    const key = this.#orderBy(run.message as never);
    if (key === undefined) return true;
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      run.lane = { owner: run, key, waiting: [] };
      this.#lanes.set(key, run.lane);
      return true;
    }
    if (startedUnder(run, lane.owner)) return true;
    lane.waiting.push(run);
    return false;
  }

  /** Lets the next of the lane go; `undefined` when none waits. */
  leave(lane: Lane): EventRun | undefined {
    let next = lane.waiting.shift();
    while (next?.dropped) next = lane.waiting.shift();
    if (next === undefined) this.#lanes.delete(lane.key);
    else {
      lane.owner = next;
      next.lane = lane;
    }
    return next;
  }
}

/** What a handler started while it holds the lane must not wait for it: that would never end (rule E5). */
function startedUnder(run: EventRun, owner: EventRun): boolean {
  let holder: SlotHolder | undefined = run.dispatch.slotHolder;
  while (holder !== undefined) {
    if (holder === owner || holder === (owner.batch as SlotHolder)) return true;
    holder = holder.dispatch.slotHolder;
  }
  return false;
}
