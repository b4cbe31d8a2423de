import type { EventRun } from "./event-run.js";
import type { Lane } from "./key-lanes.js";

/** Which run waits for which lane, over all handlers: who waits for whom, so that nobody waits in a circle (rule E5). */
export class LaneWaits {
  readonly #lanes = new Map<EventRun, Lane>();

  /** Only what was started under a handler can keep one waiting. */
  add(run: EventRun, lane: Lane): void {
    if (run.dispatch.slotHolder !== undefined) this.#lanes.set(run, lane);
  }

  move(run: EventRun, lane: Lane): void {
    if (this.#lanes.has(run)) this.#lanes.set(run, lane);
  }

  delete(run: EventRun): void {
    this.#lanes.delete(run);
  }

  /**
   * Where in the lane's waiting list a run may wait: at its end, or before the first that is done only after
   * something that waits for the run itself. -1: that is so of the run that has the lane.
   */
  placeFor(run: EventRun, { owner, waiting, next }: Lane): number {
    const ancestors = holdersAbove(run);
    if (ancestors.length === 0) return waiting.length;
    const seen = new Set<EventRun>();
    if (this.#waitsForAny(owner, ancestors, seen)) return -1;
    const place = waiting.findIndex(
      (each, index) => index >= next && this.#waitsForAny(each, ancestors, seen),
    );
    return place < 0 ? waiting.length : place;
  }

  /** Whether a run is done only after one of the holders: directly, or over others that wait for their key. */
  #waitsForAny(run: EventRun, holders: readonly EventRun[], seen: Set<EventRun>): boolean {
    if (seen.has(run)) return false;
    seen.add(run);
    if (holders.some((holder) => comesAfter(run, holder))) return true;
    for (const [waiting, lane] of this.#lanes) {
      if (!holdersAbove(waiting).some((holder) => comesAfter(run, holder))) continue;
      for (const other of inLine(lane)) {
        if (other === waiting) break;
        if (this.#waitsForAny(other, holders, seen)) return true;
      }
    }
    return false;
  }
}

/** The run that has a lane, and those that wait for it, in order. */
function* inLine({ owner, waiting, next }: Lane): Generator<EventRun> {
  yield owner;
  for (let index = next; index < waiting.length; index++) yield waiting[index] as EventRun;
}

/**
 * The handlers that a run was started under, from the nearest. Where keys are kept in order, lineage is exact: these
 * are handlers, never a batch of them.
 */
export function holdersAbove(run: EventRun): EventRun[] {
  const holders: EventRun[] = [];
  for (let holder = run.dispatch.slotHolder; holder !== undefined; holder = holder.dispatch.slotHolder) {
    holders.push(holder as EventRun);
  }
  return holders;
}

/** Whether `run` is `holder`, or runs only after it, as in a batch that handles one event at a time. */
function comesAfter(run: EventRun, holder: EventRun): boolean {
  return holder === run || (run.batch.sequential && holder.batch === run.batch);
}
