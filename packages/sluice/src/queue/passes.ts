import type { QueueRow } from "./queue-row.js";
import type { Claim, Lease } from "./queue-store.js";

/** After how long everything is read from the first row on again: ids commit out of order, and rows come back. */
const passMs = 250;

/**
 * Ways through a table, one after another: each begins at the first row, and does not go over what it has read, or what
 * was deleted behind it.
 */
export class Passes {
  readonly #buckets: number;
  /** By bucket, the row up to which this pass has read. */
  readonly #after = new Map<number, number>();
  #since = Number.NEGATIVE_INFINITY;
  /** What this pass leaves out. It stays so to its end: else a later row could come before those left out. */
  #skipKeys: readonly number[] = [];
  #skipTopics: readonly string[] = [];
  /** How many times its even part of what is read one bucket may fill. */
  #skew = 1;
  /** Whether there was more than asked for. */
  #isCrowded = false;

  constructor(buckets: number) {
    this.#buckets = buckets;
  }

  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  get isSkipping(): boolean {
    return this.#skipKeys.length > 0;
  }

  /** Whether it is time to begin at the first row again. */
  isOver(pausedTopics: readonly string[]): boolean {
    const isSame = pausedTopics.length === this.#skipTopics.length;
    return (
      performance.now() - this.#since > passMs ||
      !isSame ||
      !pausedTopics.every((topic) => this.#skipTopics.includes(topic))
    );
  }

  /** Begins at the first row, the next time. */
  restart(): void {
    this.#since = Number.NEGATIVE_INFINITY;
  }

  begin(skipKeys: readonly number[], skipTopics: readonly string[]): void {
    this.#after.clear();
    this.#since = performance.now();
    this.#skipKeys = skipKeys;
    this.#skipTopics = skipTopics;
  }

  /** What to read next of some buckets. */
  claim(leases: readonly Lease[], limit: number): Claim {
    return {
      leases,
      limit,
      by: this.#by(leases, limit),
      skipKeys: this.#skipKeys,
      skipTopics: this.#skipTopics,
    };
  }

  #by(leases: readonly Lease[], limit: number): Claim["by"] {
    const isAlone = leases.length === this.#buckets;
    if (isAlone || this.#isCrowded) {
      const after = Math.min(...leases.map(({ bucket }) => this.#after.get(bucket) ?? 0));
      return isAlone
        ? { after }
        : { after, window: Math.ceil((limit * this.#buckets * 1.5) / leases.length) };
    }
    return {
      perBucket: Math.min(limit, Math.ceil((limit / leases.length) * this.#skew)),
      after: this.#after,
    };
  }

  /** Called with what was found. */
  found({ by, leases, limit }: Claim, rows: readonly QueueRow[]): void {
    this.#isCrowded = rows.length >= limit;
    const last = rows.at(-1);
    if (!("perBucket" in by)) {
      for (const { bucket } of last ? leases : [])
        this.#after.set(bucket, Math.max(this.#after.get(bucket) ?? 0, (last as QueueRow).id));
      return;
    }
    for (const { bucket, id } of rows) this.#after.set(bucket, id);
    // A bucket that has more than its part fills what the others leave.
    if (this.#isCrowded) this.#skew = Math.max(1, this.#skew / 2);
    else this.#skew = rows.length >= by.perBucket ? Math.min(leases.length, this.#skew * 2) : 1;
  }
}
