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
  /** Of how many buckets at most, so that other lanes find some as well. */
  readonly buckets: number;
  readonly holds: (lease: Lease) => boolean;
  readonly isBusy: (bucket: number) => boolean;
}

/**
 * Rows that were read and are not delivered yet, in the order of their ids. It gives no row twice while that is under
 * way, and none of a key of which an earlier one was left.
 */
export class Prefetch {
  #rows: Prefetched[] = [];
  /** Ids of rows that stand here, or are under way. */
  readonly #known = new Set<number>();
  /** Ids that the read under way may have seen before they were over; `undefined` without one. */
  #over: Set<number> | undefined;
  /** Keys of rows that were left: later ones must not pass them before they are read again. */
  readonly #left = new Set<number>();

  /** How many rows stand here. */
  get size(): number {
    return this.#rows.length;
  }

  /** How many rows stand here or are under way. */
  get known(): number {
    return this.#known.size;
  }

  get hasLeft(): boolean {
    return this.#left.size > 0;
  }

  /** Called before everything is read from the first row on. */
  forgetLeft(): void {
    this.#left.clear();
  }

  /** Called before some buckets are read; what it gives takes in what was found, and tells how many rows are new. */
  beginRead(leases: readonly Lease[]): (rows: readonly QueueRow[]) => number {
    this.#over = new Set();
    return (rows) => this.#add(rows, leases);
  }

  #add(rows: readonly QueueRow[], leases: readonly Lease[]): number {
    const byBucket = new Map(leases.map((lease) => [lease.bucket, lease]));
    const before = this.#rows.length;
    let last = this.#rows.at(-1)?.row.id ?? 0;
    let isInOrder = true;
    for (const row of rows) {
      const { id } = row;
      const lease = byBucket.get(row.bucket);
      if (lease === undefined || this.#known.has(id) || this.#over?.has(id)) continue;
      if (this.#left.has(row.keyHash)) continue;
      this.#known.add(id);
      this.#rows.push({ row, lease });
      if (id < last) isInOrder = false;
      last = id;
    }
    this.#over = undefined;
    if (!isInOrder) this.#rows.sort((a, b) => a.row.id - b.row.id);
    return this.#rows.length - before;
  }

  /** Gives rows of buckets that are not being served; forgets those of lost leases. */
  take({ limit, buckets, holds, isBusy }: Takable): { rows: QueueRow[]; leases: Lease[] } {
    const rows: QueueRow[] = [];
    const leases = new Map<number, Lease>();
    const kept: Prefetched[] = [];
    for (const item of this.#rows) {
      const { row, lease } = item;
      const isOpen = leases.has(lease.bucket) || (leases.size < buckets && !isBusy(lease.bucket));
      if (rows.length >= limit || !isOpen) kept.push(item);
      else if (holds(lease)) {
        leases.set(lease.bucket, lease);
        rows.push(row);
      } else this.#forget(row);
    }
    this.#rows = kept;
    return { rows, leases: [...leases.values()] };
  }

  /** Called when rows are under way no more, with those of them that are still to be delivered. */
  settle(rows: readonly QueueRow[], left: readonly QueueRow[]): void {
    for (const row of rows) this.#forget(row);
    if (left.length === 0) return;
    for (const { keyHash } of left) this.#left.add(keyHash);
    this.#rows = this.#rows.filter(({ row }) => {
      const stays = !this.#left.has(row.keyHash);
      if (!stays) this.#forget(row);
      return stays;
    });
  }

  #forget({ id }: QueueRow): void {
    this.#known.delete(id);
    this.#over?.add(id);
  }
}
