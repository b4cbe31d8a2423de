import type { QueueRow } from "./queue-row.js";
import type { Lease } from "./queue-store.js";

/** How long a position is trusted, in milliseconds. */
const trustedMs = 250;

/**
 * By bucket, the row up to which everything is done, so that a store need not go over what it has just deleted. Ids
 * commit out of order, and rows come back to be tried again: so a position holds for a moment only, and none is taken
 * from rows between which some were left out.
 */
export class ReadPositions {
  readonly after = new Map<number, number>();
  #since = 0;
  #isSkipping = false;
  /** By rows that were read together, the buckets of which there is nothing before the last of them. */
  readonly #whole = new WeakMap<readonly QueueRow[], readonly Lease[]>();

  /** Looks at everything from the first row on, the next time. */
  reset(): void {
    this.after.clear();
    this.#since = performance.now();
  }

  /** Called before rows are read: forgets what is too old, or may stand behind a row that waits, or has waited. */
  begin(isSkipping: boolean): void {
    if (isSkipping || this.#isSkipping || performance.now() - this.#since > trustedMs) this.reset();
    this.#isSkipping = isSkipping;
  }

  /** The position that holds for all of some buckets. */
  afterAll(leases: readonly Lease[]): number {
    return Math.min(...leases.map(({ bucket }) => this.after.get(bucket) ?? 0));
  }

  /** Called with rows that were read one behind the other, whatever bucket of these they are of. */
  readInOrder(rows: readonly QueueRow[], leases: readonly Lease[]): void {
    if (!this.#isSkipping) this.#whole.set(rows, leases);
  }

  /** Called when all of some rows that were read together are done. */
  done(rows: readonly QueueRow[]): void {
    const upTo = rows.at(-1)?.id ?? 0;
    for (const { bucket } of this.#whole.get(rows) ?? []) {
      if (upTo > (this.after.get(bucket) ?? 0)) this.after.set(bucket, upTo);
    }
  }
}
