import type { MemoryLeases } from "./memory-leases.js";
import type { MemoryRow } from "./memory-queue.js";
import type { QueueRecord } from "./queue-row.js";
import type { QueueDesk, QueueStats, RowFilter } from "./queue-store.js";

/** A {@link MemoryQueue} as people look at it. */
export class MemoryDesk implements QueueDesk {
  readonly #table: Map<number, MemoryRow>;
  readonly #leases: MemoryLeases;
  readonly #marks: Map<string, number>;

  constructor(table: Map<number, MemoryRow>, leases: MemoryLeases, marks: Map<string, number>) {
    this.#table = table;
    this.#leases = leases;
    this.#marks = marks;
  }

  async stats(): Promise<QueueStats> {
    const pending = this.#select({ state: "pending" });
    const oldest = pending[0]?.createdAt.getTime() ?? Date.now();
    return {
      pending: pending.length,
      waiting: pending.filter(({ nextTryAt }) => nextTryAt !== undefined).length,
      dead: this.#select({ state: "dead" }).length,
      done: this.#select({ state: "done" }).length,
      lagMs: Date.now() - oldest,
      workers: this.#leases.alive(),
    };
  }

  async list({ limit, afterId = 0, ...filter }: Parameters<QueueDesk["list"]>[0]): Promise<QueueRecord[]> {
    return this.#select(filter)
      .filter(({ id }) => id > afterId)
      .slice(0, limit)
      .map(recordOf);
  }

  async find(messageId: string): Promise<QueueRecord[]> {
    return [...this.#table.values()].filter((row) => row.messageId === messageId).map(recordOf);
  }

  async count(filter: RowFilter): Promise<number> {
    return this.#select(filter).length;
  }

  async replay(filter: RowFilter & { readonly state: "dead" }): Promise<number> {
    const rows = this.#select({ ...filter, state: "dead" });
    for (const row of rows) Object.assign(row, { state: "pending", attempts: 0, nextTryAt: undefined });
    return rows.length;
  }

  async discard(filter: RowFilter): Promise<number> {
    return this.#delete(this.#select(filter));
  }

  async purge({ olderThanMs, limit }: Parameters<QueueDesk["purge"]>[0]): Promise<number> {
    const purged = this.#delete(this.#old(olderThanMs).slice(0, limit));
    const marks = this.#oldMarks(olderThanMs).slice(0, limit - purged);
    for (const mark of marks) this.#marks.delete(mark);
    return purged + marks.length;
  }

  async countPurgeable(olderThanMs: number): Promise<number> {
    return this.#old(olderThanMs).length + this.#oldMarks(olderThanMs).length;
  }

  #old(olderThanMs: number): MemoryRow[] {
    const before = Date.now() - olderThanMs;
    return this.#select({ state: "done" }).filter(({ doneAt = 0 }) => doneAt <= before);
  }

  #oldMarks(olderThanMs: number): string[] {
    const before = Date.now() - olderThanMs;
    return [...this.#marks.keys()].filter((mark) => (this.#marks.get(mark) ?? 0) <= before);
  }

  #delete(rows: readonly MemoryRow[]): number {
    for (const { id } of rows) this.#table.delete(id);
    return rows.length;
  }

  #select({ state, messageIds, topic }: RowFilter): MemoryRow[] {
    return [...this.#table.values()].filter(
      (row) =>
        row.state === state &&
        (topic === undefined || row.topic === topic) &&
        (messageIds === undefined || messageIds.includes(row.messageId)),
    );
  }
}

function recordOf({ bucket: _, keyHash: __, doneAt: ___, ...record }: MemoryRow): QueueRecord {
  return { ...record };
}
