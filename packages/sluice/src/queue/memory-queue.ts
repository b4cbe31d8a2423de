import { bucketOf } from "./key-hash.js";
import { MemoryDesk } from "./memory-desk.js";
import { MemoryLeases } from "./memory-leases.js";
import { MemoryRows } from "./memory-rows.js";
import type { NewRow, QueueRecord, QueueRow } from "./queue-row.js";
import type { QueueStore } from "./queue-store.js";
import { WakeUp } from "./wake-up.js";

const buckets = 16;

export type MemoryRow = {
  -readonly [Field in keyof (QueueRow & QueueRecord)]: (QueueRow & QueueRecord)[Field];
} & {
  doneAt: number | undefined;
};

export interface MemoryQueueOptions {
  /** Whether rows that are done are kept until they are purged. */
  readonly keepsDone: boolean;
}

/** A queue within the process, for tests and for trying things out: as strict as a database, and gone with the process. */
export class MemoryQueue implements QueueStore {
  readonly buckets = buckets;
  /** In the order of their ids. */
  readonly table = new Map<number, MemoryRow>();
  readonly leases = new MemoryLeases(buckets);
  readonly rows: MemoryRows;
  /** What consumers of an inbox have seen, and since when. */
  readonly marks = new Map<string, number>();
  readonly desk = new MemoryDesk(this.table, this.leases, this.marks);
  readonly wakeUp = new WakeUp();
  #lastId = 0;

  constructor({ keepsDone }: MemoryQueueOptions) {
    this.rows = new MemoryRows(this.table, this.leases, keepsDone);
  }

  insert(rows: readonly NewRow[]): void {
    for (const row of rows) {
      const id = ++this.#lastId;
      this.table.set(id, {
        ...row,
        body: row.body.slice(),
        id,
        bucket: bucketOf(row.keyHash, buckets),
        attempts: 0,
        state: "pending",
        createdAt: new Date(),
        nextTryAt: undefined,
        lastError: undefined,
        doneAt: undefined,
      });
    }
  }
}
