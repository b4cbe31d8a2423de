import type { QueueRow } from "./queue-row.js";
import type { Lease } from "./queue-store.js";

interface Prefetched {
  readonly row: QueueRow;
  /** Under which it was read: when that is lost, somebody else may have delivered the row. */
  readonly lease: Lease;
}

/** Which rows a lane may have. */
export interface Takable {
  readonly limit: number;
  readonly holds: (lease: Lease) => boolean;
  readonly isBusy: (bucket: number) => boolean;
  /** Whether other lanes are to find rows beside these. */
  readonly isSpread: boolean;
}

/**
 * Rows that were read and are not delivered yet, in the order of their ids. A bucket is read again only when all that was
 * read of it is over: so no row is found twice, and none that was committed late is passed by a later one of its key
 * (rule O2), as it would be by whoever went on behind the last row read.
 */
export class Prefetch {
  #rows: Prefetched[] = [];
  /** By bucket, how many rows stand here. */
  readonly #counts = new Map<number, number>();

  get size(): number {
    return this.#rows.length;
  }

  has(bucket: number): boolean {
    return this.#counts.has(bucket);
  }

  /** Takes in what was read of some buckets, of which no row stood here. */
  add(rows: readonly QueueRow[], leases: readonly Lease[]): void {
    const byBucket = new Map(leases.map((lease) => [lease.bucket, lease]));
    let last = this.#rows.at(-1)?.row.id ?? 0;
    let isInOrder = true;
    for (const row of rows) {
      const lease = byBucket.get(row.bucket);
      if (lease === undefined) continue;
      this.#rows.push({ row, lease });
      this.#counts.set(lease.bucket, (this.#counts.get(lease.bucket) ?? 0) + 1);
      isInOrder &&= row.id > last;
      last = row.id;
    }
    if (!isInOrder) this.#rows.sort((a, b) => a.row.id - b.row.id);
  }

  /**
   * Gives rows of buckets that are not being served, as they follow each other. Where they are to be spread over lanes, of no
   * more buckets than fit a batch whole: so other lanes find some as well, and all of these can be read again after one batch. Behind a row that has failed before, no row of its key is
   * given: it may fail again, and what came with it would have been read and sent for nothing. Forgets rows of lost leases.
   */
  take({ limit, holds, isBusy, isSpread }: Takable): { rows: QueueRow[]; leases: Lease[] } {
    const rows: QueueRow[] = [];
    const leases = new Map<number, Lease>();
    const isHeld = new Map<Lease, boolean>();
    const triedAgain = new Set<number>();
    let expected = 0;
    const isWanted = (bucket: number): boolean => {
      if (leases.has(bucket)) return true;
      const count = this.#counts.get(bucket) ?? 0;
      if (isBusy(bucket) || (isSpread && expected > 0 && expected + count > limit)) return false;
      expected += count;
      return true;
    };
    this.#keep(({ row, lease }) => {
      if (!isHeld.has(lease)) isHeld.set(lease, holds(lease));
      if (!isHeld.get(lease)) return false;
      if (rows.length >= limit || triedAgain.has(row.keyHash) || !isWanted(lease.bucket)) return true;
      if (row.attempts > 0) triedAgain.add(row.keyHash);
      leases.set(lease.bucket, lease);
      rows.push(row);
      return false;
    });
    return { rows, leases: [...leases.values()] };
  }

  /** Forgets the later rows of keys of which one was left: they must not pass it. */
  forgetBehind(left: readonly QueueRow[]): void {
    if (left.length === 0) return;
    const keys = new Set(left.map(({ keyHash }) => keyHash));
    this.#keep(({ row }) => !keys.has(row.keyHash));
  }

  #keep(stays: (item: Prefetched) => boolean): void {
    this.#rows = this.#rows.filter((item) => {
      if (stays(item)) return true;
      const { bucket } = item.lease;
      const count = this.#counts.get(bucket) ?? 0;
      if (count > 1) this.#counts.set(bucket, count - 1);
      else this.#counts.delete(bucket);
      return false;
    });
  }
}
