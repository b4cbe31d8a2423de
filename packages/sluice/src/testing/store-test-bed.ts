import type { NotificationEvent } from "../messages/notification-event.js";
import type { Outbox } from "../outbox/outbox.js";
import type { QueueRow } from "../queue/queue-row.js";
import type { Lease, QueueStore, Worker } from "../queue/queue-store.js";
import { expect, expectEqual } from "./expect.js";
import { Tested } from "./store-test-messages.js";

/** A store on empty tables, and the way to its transactions. */
export interface StoreBed<Store, Tx> {
  readonly store: Store;
  /** Begins a transaction, awaits the work in it, and commits; or rolls back when the work throws, and throws it again. */
  transaction<T>(work: (tx: Tx) => T | Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What a store can do beyond the least. */
export interface StoreFeatures {
  /** Two transactions may be open at the same moment, and neither sees what the other has not committed. */
  readonly concurrentTransactions: boolean;
  /** It can tell that a transaction is over. */
  readonly knowsWhenOver: boolean;
}

export interface StoreConformanceOptions<Store, Tx> {
  /** Stands before the names of the cases. */
  readonly name: string;
  /** Makes a store that knows the messages of {@link storeTestRegistry}, on empty tables. */
  create(): Promise<StoreBed<Store, Tx>>;
  readonly features: StoreFeatures;
}

/** A worker with a lease of a minute, or as long as is said. */
export function workerNamed(name: string, leaseMs = 60_000): Worker {
  return { name, token: crypto.randomUUID(), leaseMs };
}

/** Every bucket, held by a worker of its own. */
export async function holdAll(
  { leases, buckets }: QueueStore,
  worker = workerNamed("tester"),
): Promise<readonly Lease[]> {
  await leases.join(worker);
  const held = await leases.take(worker, buckets);
  expectEqual(held.length, buckets, "The buckets of the only worker");
  return held;
}

/** What a worker that holds these buckets reads. */
export function claimAll(
  { rows }: QueueStore,
  leases: readonly Lease[],
  limit = 1_000,
): Promise<readonly QueueRow[]> {
  return rows.claim({
    leases,
    perBucket: limit,
    limit,
    skipKeys: [],
    skipTopics: [],
  });
}

/** Adds events, each batch in a transaction that commits. */
export async function addCommitted<Tx>(
  { store, transaction }: StoreBed<Outbox<Tx>, Tx>,
  ...batches: readonly (readonly NotificationEvent[])[]
): Promise<void> {
  for (const events of batches) await transaction((tx) => store.add(events, tx));
}

/** Events of one key, numbered from 1. */
export function numbered(count: number, key = "a"): Tested[] {
  return Array.from({ length: count }, (_, n) => new Tested({ n: n + 1 }, key));
}

/** Their ids, in the order in which they stand. */
export function idsOf(rows: readonly { readonly messageId: string }[]): string[] {
  return rows.map(({ messageId }) => messageId);
}

/** Fails unless a call throws, or rejects, with an error of this code. */
export async function expectCode(call: () => unknown, code: string, what: string): Promise<void> {
  try {
    await call();
  } catch (error) {
    const given = (error as { readonly code?: unknown } | undefined)?.code;
    return expect(given === code, `${what}: expected ${code}, got ${given}: ${error}`);
  }
  throw new Error(`${what}: expected ${code}, but it went well.`);
}
