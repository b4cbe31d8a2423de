import type { QueueStats } from "./queue-store.js";

/** How a worker and its queue are. */
export interface WorkerReport extends Omit<QueueStats, "workers"> {
  readonly worker: string;
  /** How many buckets it serves. */
  readonly buckets: number;
  /** Rows delivered, and tries that failed, since the last report. */
  readonly delivered: number;
  readonly failed: number;
  /** Rows that became dead letters since the last report. */
  readonly died: number;
  /** Rows delivered in a second, over the time since the last report. */
  readonly ratePerSecond: number;
  /** Topics that take nothing at the moment: their circuit breakers are open. */
  readonly pausedTopics: readonly string[];
}
