import type { EventRun } from "./event-run.js";
import type { LaneWaits } from "./lane-waits.js";

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
  readonly #waits: LaneWaits;
  readonly #lanes = new Map<unknown, Lane>();

  constructor(orderBy: (event: never) => unknown, waits: LaneWaits) {
    this.#orderBy = orderBy;
    this.#waits = waits;
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
    if (this.#waits.wouldCircle(run, lane.owner)) return undefined;
    lane.waiting.push(run);
    this.#waits.add(run, lane);
    return lane.owner;
  }

  /** Takes a waiting run out. */
  giveUp(run: EventRun): void {
    run.drop();
    this.#waits.delete(run);
  }

  /** Lets the next of the lane go; `undefined` when none waits. */
  leave(lane: Lane): EventRun | undefined {
    let next = lane.waiting[lane.next++];
    while (next?.isDropped) next = lane.waiting[lane.next++];
    if (next === undefined) this.#lanes.delete(lane.key);
    else {
      this.#waits.delete(next);
      lane.owner = next;
      next.lane = lane;
    }
    return next;
  }
}
