import type { QueueRecord, QueueRow, QueueState } from "./queue-row.js";
import type { WakeUp } from "./wake-up.js";

/** One who serves a queue, beside others. */
export interface Worker {
  /** Unique among the workers alive, for people. */
  readonly name: string;
  /** Unique for ever. */
  readonly token: string;
  /** How long its leases hold without being renewed, in milliseconds. */
  readonly leaseMs: number;
}

/** The right to serve a bucket. */
export interface Lease {
  readonly bucket: number;
  /** The fencing token: it grows each time that the bucket changes hands. */
  readonly epoch: number;
}

/**
 * Who serves which bucket. All moments are of the store's own clock, so that workers need not agree on one.
 *
 * Each call is atomic, and safe beside those of other workers.
 */
export interface QueueLeases {
  /**
   * Makes the worker known.
   * @throws {WorkerNameTakenError} a worker of this name is alive.
   */
  join(worker: Worker): Promise<void>;
  /**
   * Prolongs all that the worker holds, and that it is alive. Gives what it holds, also where its time had passed and
   * nobody else has taken it, and how many workers are alive, itself among them.
   * @throws {WorkerNameTakenError} its time had passed, and another one has taken its name.
   */
  renew(worker: Worker): Promise<{ readonly held: readonly Lease[]; readonly workers: number }>;
  /** Takes up to so many buckets that nobody holds, each with its epoch one higher. */
  take(worker: Worker, limit: number): Promise<readonly Lease[]>;
  /** Gives buckets back, as far as the epochs are still the ones given. */
  release(leases: readonly Lease[]): Promise<void>;
  /** Forgets the worker and gives back all that it holds. */
  leave(worker: Worker): Promise<void>;
}

/** Which rows to read. */
export interface Claim {
  readonly leases: readonly Lease[];
  /** How many rows at most. */
  readonly limit: number;
  /**
   * How many rows of each bucket at most: those are looked for in every bucket, and found wherever they are. Left out,
   * rows are read in the order of their ids, whichever bucket they are of: for whoever has all buckets.
   */
  readonly perBucket?: number | undefined;
  /** Leaves out what waits: the hashes of keys, and topics. */
  readonly skipKeys: readonly number[];
  readonly skipTopics: readonly string[];
}

/** What a failed try makes of a row. */
export interface RowFailure {
  readonly id: number;
  /** All tries so far, with this one. */
  readonly attempts: number;
  readonly error: string;
  /** Milliseconds until the next try; `undefined`: none, the row is a dead letter. */
  readonly retryInMs: number | undefined;
}

/** The rows of the buckets that a worker holds. */
export interface QueueRows {
  /**
   * Reads pending rows, of each bucket the first ones, in the order of their ids. It writes nothing and locks nothing: the
   * lease is what keeps others away. All rows are of one moment: where a row was read, every earlier one of its key was
   * that had been committed by then, unless the key is to be left out.
   */
  claim(claim: Claim): Promise<readonly QueueRow[]>;
  /** The keys with a row that waits for its next try, and how long, in milliseconds. */
  waiting(leases: readonly Lease[]): Promise<readonly { readonly keyHash: number; readonly ms: number }[]>;
  /** Marks rows as done, where the epoch of their bucket is still the one given; how many those were. */
  complete(leases: readonly Lease[], ids: readonly number[]): Promise<number>;
  /** Writes down what failed, under the same condition. */
  fail(leases: readonly Lease[], failures: readonly RowFailure[]): Promise<number>;
  /** Both, for rows of which none is in both lists and neither is empty: for stores to which that is less than two calls. */
  settle?(leases: readonly Lease[], ids: readonly number[], failures: readonly RowFailure[]): Promise<void>;
}

export interface QueueStats {
  /** Rows to be delivered, among them those that wait for another try. */
  readonly pending: number;
  readonly waiting: number;
  readonly dead: number;
  /** Rows that are kept though they are done. */
  readonly done: number;
  /** The age of the oldest pending row, in milliseconds; 0 without one. */
  readonly lagMs: number;
  /** Who serves the queue, and how many buckets each. */
  readonly workers: readonly { readonly name: string; readonly buckets: number }[];
}

/** Which rows are meant: those of a state, or single ones of it. */
export interface RowFilter {
  readonly state: QueueState;
  /** Message ids. @default all */
  readonly messageIds?: readonly string[] | undefined;
  /** @default all */
  readonly topic?: string | undefined;
}

/**
 * What a person, or a program on a person's behalf, does with a queue. In a database, each method rejects with a
 * `MigrationError` where the tables are missing, or of another version.
 */
export interface QueueDesk {
  stats(): Promise<QueueStats>;
  /** Rows in the order of their ids, from the one after `afterId` on, `limit` at most. */
  list(
    filter: RowFilter & { readonly limit: number; readonly afterId?: number | undefined },
  ): Promise<readonly QueueRecord[]>;
  /** All rows with this message id; a replayed event may have been added twice. */
  find(messageId: string): Promise<readonly QueueRecord[]>;
  /** How many rows fit. */
  count(filter: RowFilter): Promise<number>;
  /** Makes dead letters pending again, with no attempts; how many those were. */
  replay(filter: RowFilter & { readonly state: "dead" }): Promise<number>;
  /** Deletes rows for good; how many those were. Rows that are being delivered may be delivered all the same. */
  discard(filter: RowFilter): Promise<number>;
  /** Deletes up to `limit` rows that have been done, or marks that have stood, for so long; how many those were. */
  purge(options: { readonly olderThanMs: number; readonly limit: number }): Promise<number>;
  /** How many `purge` would delete in the end. */
  countPurgeable(olderThanMs: number): Promise<number>;
}

/** A durable queue of messages with order per key, served by any number of workers: what outbox and inbox are made of. */
export interface QueueStore {
  /** How many buckets the rows are spread over by the hash of their keys; each is served by one worker at a time. */
  readonly buckets: number;
  readonly leases: QueueLeases;
  readonly rows: QueueRows;
  readonly desk: QueueDesk;
  /** Tells workers in this process that there may be rows. */
  readonly wakeUp: WakeUp;
  /** Calls back when another process may have added rows, where the store can tell; gives what stops it. */
  readonly listen?: ((onAdded: () => void) => Promise<() => Promise<void>>) | undefined;
}
