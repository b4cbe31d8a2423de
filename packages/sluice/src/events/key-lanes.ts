import type { EventRun } from "./event-run.js";
import type { LaneWaits } from "./lane-waits.js";

/** The events of one key: the one under way, and those that wait for it. */
export interface Lane {
  owner: EventRun;
  readonly key: unknown;
  readonly waiting: EventRun[];
  next: number;
  /** What its runs wait for cannot wait for them (rule E5): a lane of its own, inside this one. */
  inner: Lane | undefined;
  outer: Lane | undefined;
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

  /** Whether the run may go now; else it waits in its lane. */
  enter(run: EventRun): boolean {
    const key = this.#orderBy(run.message as never);
    if (key === undefined) return true;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      this.#lanes.set(key, openLane(run, key, undefined));
      return true;
    }
    let place = this.#waits.placeFor(run, lane);
    while (place < 0) {
      if (lane.inner === undefined) {
        lane.inner = openLane(run, key, lane);
        return true;
      }
      lane = lane.inner;
      place = this.#waits.placeFor(run, lane);
    }
    if (place === lane.waiting.length) lane.waiting.push(run);
    else lane.waiting.splice(place, 0, run);
    this.#waits.add(run, lane);
    return false;
  }

  /** Takes a waiting run out. */
  giveUp(run: EventRun): void {
    run.isDropped = true;
    this.#waits.delete(run);
  }

  /** Lets the next of the lane go; `undefined` when none waits. */
  leave(lane: Lane): EventRun | undefined {
    if (lane.inner !== undefined && this.#mayFollow(lane, lane.inner)) {
      this.#handOver(lane, lane.inner);
      return undefined;
    }
    let next = lane.waiting[lane.next++];
    while (next?.isDropped) next = lane.waiting[lane.next++];
    // A lane that is never empty must not keep what it is done with.
    if (lane.next >= 1024) {
      lane.waiting.splice(0, lane.next);
      lane.next = 0;
    }
    if (next === undefined) this.#close(lane);
    else {
      this.#waits.delete(next);
      lane.owner = next;
      next.lane = lane;
    }
    return next;
  }

  /** Whether those that wait can wait for what goes on inside as well, and nobody then waits in a circle. */
  #mayFollow({ waiting, next }: Lane, inner: Lane): boolean {
    const end = inner.waiting.length;
    return waiting.every(
      (run, index) => index < next || run.isDropped || this.#waits.placeFor(run, inner) === end,
    );
  }

  /** The run that has the lane was dropped, or did not wait for what it started: that has the lane now. */
  #handOver(lane: Lane, { owner, waiting, next, inner }: Lane): void {
    lane.owner = owner;
    owner.lane = lane;
    const moved = waiting.slice(next);
    lane.waiting.splice(0, lane.next, ...moved);
    lane.next = 0;
    for (const run of moved) this.#waits.move(run, lane);
    lane.inner = inner;
    if (inner !== undefined) inner.outer = lane;
  }

  #close({ key, inner, outer }: Lane): void {
    if (inner !== undefined) inner.outer = outer;
    if (outer !== undefined) outer.inner = inner;
    else if (inner !== undefined) this.#lanes.set(key, inner);
    else this.#lanes.delete(key);
  }
}

function openLane(owner: EventRun, key: unknown, outer: Lane | undefined): Lane {
  owner.lane = { owner, key, waiting: [], next: 0, inner: undefined, outer };
  return owner.lane;
}
