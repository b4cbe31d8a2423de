import type { MemoryLeases } from "./memory-leases.js";
import type { MemoryRow } from "./memory-queue.js";
import type { QueueRow } from "./queue-row.js";
import type { Claim, Lease, QueueRows, RowFailure } from "./queue-store.js";

/** The rows of a {@link MemoryQueue}, as its workers see them. */
export class MemoryRows implements QueueRows {
  readonly #table: Map<number, MemoryRow>;
  readonly #leases: MemoryLeases;
  readonly #keepsDone: boolean;

  constructor(table: Map<number, MemoryRow>, leases: MemoryLeases, keepsDone: boolean) {
    this.#table = table;
    this.#leases = leases;
    this.#keepsDone = keepsDone;
  }

  async claim({ leases, perBucket, limit, skipKeys, skipTopics }: Claim): Promise<QueueRow[]> {
    const left = new Map(leases.map(({ bucket }) => [bucket, perBucket ?? limit]));
    const [keys, topics] = [new Set(skipKeys), new Set(skipTopics)];
    const found: QueueRow[] = [];
    for (const row of this.#table.values()) {
      if (found.length >= limit) break;
      if (row.state !== "pending") continue;
      const ofBucket = left.get(row.bucket) ?? 0;
      if (ofBucket === 0 || keys.has(row.keyHash) || topics.has(row.topic)) continue;
      left.set(row.bucket, ofBucket - 1);
      found.push({ ...row });
    }
    return found;
  }

  async waiting(leases: readonly Lease[]): Promise<{ keyHash: number; ms: number }[]> {
    const buckets = new Set(leases.map(({ bucket }) => bucket));
    const now = Date.now();
    return [...this.#table.values()]
      .filter(
        ({ state, bucket, nextTryAt }) =>
          state === "pending" && buckets.has(bucket) && nextTryAt !== undefined,
      )
      .map(({ keyHash, nextTryAt }) => ({ keyHash, ms: (nextTryAt as Date).getTime() - now }))
      .filter(({ ms }) => ms > 0);
  }

  async complete(leases: readonly Lease[], ids: readonly number[]): Promise<number> {
    return this.#change(leases, ids, (row) => {
      if (this.#keepsDone) this.markDone(row.id);
      else this.#table.delete(row.id);
    });
  }

  markDone(id: number): void {
    Object.assign(this.#table.get(id) ?? {}, { state: "done", doneAt: Date.now(), nextTryAt: undefined });
  }

  async fail(leases: readonly Lease[], failures: readonly RowFailure[]): Promise<number> {
    const byId = new Map(failures.map((failure) => [failure.id, failure]));
    return this.#change(leases, [...byId.keys()], (row) => {
      const { attempts, error, retryInMs } = byId.get(row.id) as RowFailure;
      const nextTryAt = retryInMs === undefined ? undefined : new Date(Date.now() + retryInMs);
      const state = retryInMs === undefined ? "dead" : "pending";
      Object.assign(row, { attempts, lastError: error, nextTryAt, state });
    });
  }

  /** Changes pending rows, as far as their buckets are still under the epochs given. */
  #change(leases: readonly Lease[], ids: readonly number[], change: (row: MemoryRow) => unknown): number {
    const held = new Set(leases.filter((lease) => this.#leases.isHeld(lease)).map(({ bucket }) => bucket));
    const rows = ids.map((id) => this.#table.get(id)).filter((row) => row !== undefined);
    const own = rows.filter(({ state, bucket }) => state === "pending" && held.has(bucket));
    for (const row of own) change(row);
    return own.length;
  }
}
