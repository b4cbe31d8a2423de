import type { Deliverer } from "./deliverer.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import type { Prefetch } from "./prefetch.js";
import type { Claim, Lease, QueueStore } from "./queue-store.js";
import type { WaitingKeys } from "./waiting-keys.js";

/** How many rows are read at once at most. */
const mostRead = 10_000;
/** How many batches are read at once, where there are fewer lanes: each read takes a round trip. */
const leastBatches = 4;

export interface ReaderOptions {
  readonly store: QueueStore;
  readonly lanes: number;
  readonly batchSize: number;
  readonly leases: LeaseKeeper;
  readonly waiting: WaitingKeys;
  readonly deliverer: Deliverer;
}

/** Reads rows ahead of their delivery, for all lanes. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #prefetch: Prefetch;
  /** Of all buckets together; fewer of them are read for their part. */
  readonly #most: number;
  /** How many times its even part of what is read one bucket may fill. */
  #skew = 1;

  constructor(prefetch: Prefetch, options: ReaderOptions) {
    this.#options = options;
    this.#prefetch = prefetch;
    this.#most = Math.min(mostRead, Math.max(options.lanes, leastBatches) * options.batchSize);
  }

  /** The buckets of which nothing that was read is left; none where they are too few to be worth a read as yet. */
  readable(hasFreeLane: boolean): readonly Lease[] {
    const { leases } = this.#options;
    const dry = leases.free().filter(({ bucket }) => !this.#prefetch.has(bucket));
    return hasFreeLane || dry.length * 2 >= leases.held ? dry : [];
  }

  /** Reads the first rows of these buckets; gives whether there is reason to read on at once. Rejects when the store does. */
  async read(leases: readonly Lease[]): Promise<boolean> {
    const { store, waiting, deliverer } = this.#options;
    const claim = { ...this.#range(leases), skipKeys: waiting.now(), skipTopics: deliverer.paused().topics };
    const rows = await store.rows.claim(claim);
    this.#prefetch.add(rows, leases);
    const { perBucket, limit } = claim;
    // A bucket that has more than its part fills what the others leave.
    if (rows.length >= limit) this.#skew = Math.max(1, this.#skew / 2);
    else if (perBucket !== undefined)
      this.#skew = rows.length >= perBucket ? Math.min(leases.length, this.#skew * 2) : 1;
    return rows.length > 0;
  }

  #range(leases: readonly Lease[]): Pick<Claim, "leases" | "limit" | "perBucket"> {
    const { store, batchSize } = this.#options;
    if (leases.length === store.buckets) return { leases, limit: this.#most };
    const part = (this.#most * leases.length) / this.#options.leases.held;
    const limit = Math.ceil(Math.max(batchSize, part));
    // So many of each that whole buckets fill a batch, and none is left over for a small one.
    const together = Math.ceil((leases.length * batchSize) / limit);
    const each = together > 1 ? Math.max(1, Math.floor(batchSize / together)) : limit / leases.length;
    return { leases, limit, perBucket: Math.min(limit, Math.ceil(each * this.#skew)) };
  }
}
