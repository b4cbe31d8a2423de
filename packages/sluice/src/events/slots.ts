import type { EventBatch } from "./event-batch.js";
import type { EventRun } from "./event-run.js";
import { holdersAbove } from "./lane-waits.js";

/**
 * The limit on event handlers that run at the same moment, over the whole mediator (rule E2). Batches that wait take
 * turns, so that a stream with many events does not keep the others waiting.
 *
 * A handler that itself sends something waits for it while it holds a slot. So that this never ends in a deadlock,
 * what was started under it may borrow that slot, one handler at a time (rule E5). When what it waits for waits for
 * its key, it has nobody to lend to, and gives the slot back until the turn of that one has come.
 */
export class Slots {
  /** Below 0 when a slot that was given back is needed again before another is free. */
  #free: number;
  /** How many slots were given back by handlers that need them again. */
  #givenBack = 0;
  #head: EventBatch | undefined;
  #tail: EventBatch | undefined;
  /** Waiting batches that may borrow. */
  readonly #borrowers = new Set<EventBatch>();
  #pumping = false;

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Takes a slot for a run; `false` when there is none, neither free nor to borrow. */
  take(run: EventRun): boolean {
    if (this.#free > 0) {
      this.#free--;
      if (this.#givenBack > 0) this.#takeFor(run);
    } else if (!this.#borrow(run)) return false;
    if (run.waitsUnder !== undefined) this.endKeyWait(run);
    run.holdsSlot = true;
    run.batch.sole = ++run.batch.running === 1 ? run : undefined;
    return true;
  }

  #borrow(run: EventRun): boolean {
    const lender = run.dispatch.slotHolder as EventRun | EventBatch | undefined;
    if (lender === undefined || !canLend(lender)) return false;
    lender.borrower = run;
    run.lender = lender;
    if ("batch" in lender) lender.batch.lent++;
    return true;
  }

  /** Gives a run's slot back, or on to whoever borrowed it. */
  release(run: EventRun): void {
    const { batch } = run;
    run.holdsSlot = false;
    batch.running--;
    batch.sole = undefined;
    if (run.lender === undefined && run.borrower === undefined && batch.borrower === undefined) this.#free++;
    else this.#passOn(run);
  }

  #passOn(run: EventRun): void {
    const { batch, lender } = run;
    let heir = batch.borrower;
    batch.borrower = undefined;
    if (run.borrower !== undefined) {
      heir = run.borrower;
      run.borrower = undefined;
      batch.lent--;
    }
    run.lender = undefined;
    if (heir === pool) {
      this.#givenBack--;
      heir = undefined;
      this.#free--;
    }
    if (heir !== undefined) heir.lender = lender;
    if (lender === undefined) {
      if (heir === undefined) this.#free++;
    } else {
      lender.borrower = heir;
      if (heir !== undefined || !("batch" in lender)) return;
      lender.batch.lent--;
      this.#giveBack(lender);
    }
  }

  /** A run waits for its key, and with it the handlers that it was started under. */
  beginKeyWait(run: EventRun): void {
    const holders = holdersAbove(run);
    if (holders.length === 0) return;
    run.waitsUnder = holders;
    for (const holder of holders) {
      holder.keyWaits++;
      this.#giveBack(holder);
    }
    this.pump(undefined);
  }

  /** The run's turn has come, or it was dropped: the handlers that wait for it need their slots again. */
  endKeyWait(run: EventRun): void {
    for (const holder of run.waitsUnder ?? []) {
      if (--holder.keyWaits > 0 || holder.borrower !== pool) continue;
      holder.borrower = undefined;
      holder.batch.lent--;
      this.#givenBack--;
      this.#free--;
    }
    run.waitsUnder = undefined;
  }

  #giveBack(holder: EventRun): void {
    if (holder.keyWaits === 0 || !canLend(holder)) return;
    holder.borrower = pool;
    holder.batch.lent++;
    this.#givenBack++;
    this.#free++;
  }

  /** A run has taken a free slot: it counts as that of the handlers above, which gave theirs back. */
  #takeFor(run: EventRun): void {
    let below = run;
    for (const holder of holdersAbove(run)) {
      if (holder.borrower !== pool) continue;
      if (below.lender !== undefined) return;
      holder.borrower = below;
      below.lender = holder;
      below = holder;
      this.#givenBack--;
    }
  }

  /** Puts a batch in line for the next slot. */
  wait(batch: EventBatch): void {
    if (batch.dispatch.parent !== undefined) this.#borrowers.add(batch);
    if (batch.waits) return;
    batch.waits = true;
    if (this.#tail === undefined) this.#head = batch;
    else this.#tail.nextWaiting = batch;
    this.#tail = batch;
  }

  /** Starts what can start. `current` is the batch in whose async context the caller runs. */
  pump(current: EventBatch | undefined): void {
    if (this.#head === undefined || this.#pumping) return;
    this.#pumping = true;
    let lent: boolean;
    do {
      while (this.#free > 0 && this.#head !== undefined) this.#turn(this.#head, current);
      lent = false;
      for (const batch of this.#borrowers) {
        let run = batch.peek();
        while (run !== undefined && this.take(run)) {
          lent = true;
          batch.startNext(current);
          run = batch.peek();
        }
        if (run === undefined) this.#borrowers.delete(batch);
      }
    } while (lent);
    this.#pumping = false;
  }

  /** One start for the batch at the head of the line, which then goes to its end. */
  #turn(batch: EventBatch, current: EventBatch | undefined): void {
    const run = batch.peek();
    if (run !== undefined && this.take(run)) batch.startNext(current);
    if (batch.peek() === undefined) {
      this.#leaveLine(batch);
      this.#borrowers.delete(batch);
    } else if (batch !== this.#tail) {
      this.#leaveLine(batch);
      this.wait(batch);
    }
  }

  #leaveLine(batch: EventBatch): void {
    this.#head = batch.nextWaiting;
    if (this.#head === undefined) this.#tail = undefined;
    batch.nextWaiting = undefined;
    batch.waits = false;
  }
}

/** Stands for the borrower of a slot that was given back. */
const pool = {} as EventRun;

/** A run lends its own slot; a batch lends one of its handlers' when it is not known which of them is waiting. */
function canLend(lender: EventRun | EventBatch): boolean {
  if (!lender.holdsSlot || lender.borrower !== undefined) return false;
  return "batch" in lender ? lender.batch.borrower === undefined : lender.lent === 0;
}
