import type { SlotHolder } from "../handlers/lineage.js";
import type { EventRun } from "./event-run.js";
import type { Lane } from "./key-lanes.js";

/** Which run waits for which lane, over all handlers: who waits for whom, so that nobody waits in a circle (rule E5). */
export class LaneWaits {
  readonly #lanes = new Map<EventRun, Lane>();

  /** Only what was started under a handler can keep one waiting. */
  add(run: EventRun, lane: Lane): void {
    if (run.dispatch.slotHolder !== undefined) this.#lanes.set(run, lane);
  }

  delete(run: EventRun): void {
    this.#lanes.delete(run);
  }

  /**
   * Whether one of those in the lane is done only after something that waits for the run: a handler that the run was
   * started under, or one that waits, over any number of others, for what such a handler keeps to itself.
   */
  wouldCircle(run: EventRun, lane: Lane): boolean {
    const ancestors = holdersAbove(run);
    if (ancestors.length === 0) return false;
    const ahead = new Set(inLine(lane));
    for (const each of ahead) {
      if (ancestors.some((ancestor) => comesAfter(each, ancestor))) return true;
      for (const [waiting, its] of this.#lanes) {
        if (!holdersAbove(waiting).some((holder) => comesAfter(each, holder))) continue;
        for (const other of inLine(its)) {
          if (other === waiting) break;
          ahead.add(other);
        }
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

/** The handlers that a run was started under, from the nearest. */
export function holdersAbove(run: EventRun): SlotHolder[] {
  const holders: SlotHolder[] = [];
  for (let holder = run.dispatch.slotHolder; holder !== undefined; holder = holder.dispatch.slotHolder) {
    holders.push(holder);
  }
  return holders;
}

/** Whether `run` is `holder`, may be it, or runs only after it, as in a batch that handles one event at a time. */
function comesAfter(run: EventRun, holder: SlotHolder): boolean {
  const { batch } = run;
  return holder === run || holder === batch || (batch.sequential && (holder as EventRun).batch === batch);
}
