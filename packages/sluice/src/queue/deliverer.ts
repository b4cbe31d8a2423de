import type { QueueRow } from "./queue-row.js";
import type { Lease } from "./queue-store.js";

/** What became of a batch. Rows that stand in neither list were not tried, and stay as they are. */
export interface Delivery {
  readonly done: readonly QueueRow[];
  /** Delivered, and marked as done in the same transaction. */
  readonly marked?: readonly QueueRow[] | undefined;
  readonly failed: readonly FailedRow[];
}

export interface FailedRow {
  readonly row: QueueRow;
  readonly error: unknown;
  readonly blame: Blame;
}

/**
 * Whose fault a failure is (rule O4): while it may be the destination's, the row is tried on; the message's, until
 * `maxAttempts`; a final one makes the row a dead letter at once.
 */
export type Blame = "destination" | "message" | "final";

/** Brings the rows of a queue where they belong. */
export interface Deliverer {
  /**
   * Delivers rows, those of one key in their order: behind one that failed, and will be tried again, none of its key is
   * tried. Safe to call while other calls are under way, which never have rows of the same key. It never rejects.
   */
  deliver(rows: readonly QueueRow[], leases: readonly Lease[], signal: AbortSignal): Promise<Delivery>;
  /** Topics that take nothing at the moment, and the milliseconds until one of them may. */
  paused(): { readonly topics: readonly string[]; readonly nextInMs: number };
}
