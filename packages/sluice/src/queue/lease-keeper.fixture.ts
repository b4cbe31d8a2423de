import { RecordingLogger } from "../mediator/flow.fixture.js";
import { LeaseKeeper, type LeaseKeeperOptions } from "./lease-keeper.js";
import { MemoryLeases } from "./memory-leases.js";
import type { Lease, QueueLeases, Worker } from "./queue-store.js";

export const buckets = 16;
export const leaseMs = 10_000;
export const beatMs = leaseMs / 5;
export const allBuckets: readonly number[] = Array.from({ length: buckets }, (_, bucket) => bucket);

export function bucketsOf(leases: readonly Lease[]): number[] {
  return leases.map(({ bucket }) => bucket).toSorted((a, b) => a - b);
}

/** One worker's way to the store that all of them share. */
export class Way implements QueueLeases {
  readonly #store: QueueLeases;
  /** Whether nothing gets through any more. */
  isCut = false;
  /** What was answered arrives only after this. */
  answering: Promise<unknown> = Promise.resolve();

  constructor(store: QueueLeases) {
    this.#store = store;
  }

  join = (worker: Worker) => this.#go(() => this.#store.join(worker));
  renew = (worker: Worker) => this.#go(() => this.#store.renew(worker));
  take = (worker: Worker, limit: number) => this.#go(() => this.#store.take(worker, limit));
  release = (leases: readonly Lease[]) => this.#go(() => this.#store.release(leases));
  leave = (worker: Worker) => this.#go(() => this.#store.leave(worker));

  async #go<T>(call: () => Promise<T>): Promise<T> {
    if (this.isCut) throw new Error("ECONNREFUSED");
    const answer = await call();
    await this.answering;
    return answer;
  }
}

/** Keepers on one store in memory, each on a way of its own. */
export class Keepers {
  readonly store = new MemoryLeases(buckets);
  readonly logger = new RecordingLogger();
  readonly #started: LeaseKeeper[] = [];

  async start(name: string, options: Partial<LeaseKeeperOptions> = {}): Promise<LeaseKeeper> {
    const keeper = new LeaseKeeper({
      leases: this.store,
      buckets,
      worker: { name, token: crypto.randomUUID(), leaseMs },
      logger: this.logger,
      learn: async () => {},
      onGained: () => {},
      ...options,
    });
    await keeper.start();
    this.#started.push(keeper);
    return keeper;
  }

  async close(): Promise<void> {
    await Promise.all(this.#started.map((keeper) => keeper.close()));
  }
}
