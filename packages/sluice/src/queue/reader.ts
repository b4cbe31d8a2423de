import type { Deliverer } from "./deliverer.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import { Passes } from "./passes.js";
import type { Prefetch } from "./prefetch.js";
import type { Lease, QueueStore } from "./queue-store.js";
import type { WaitingKeys } from "./waiting-keys.js";

/** How many rows are read at once at most. */
const mostRead = 10_000;
/** How many batches are read ahead, where there are fewer lanes: each read takes a round trip. */
const leastBatches = 4;

/** Which rows to look for. */
export interface Wanted {
  readonly leases: readonly Lease[];
  readonly limit: number;
}

export interface ReaderOptions {
  readonly store: QueueStore;
  readonly lanes: number;
  readonly batchSize: number;
  readonly leases: LeaseKeeper;
  readonly waiting: WaitingKeys;
  readonly deliverer: Deliverer;
}

/** Reads rows ahead, once for all lanes. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #prefetch: Prefetch;
  readonly #passes: Passes;
  readonly #most: number;

  constructor(prefetch: Prefetch, options: ReaderOptions) {
    const { store, lanes, batchSize } = options;
    this.#options = options;
    this.#prefetch = prefetch;
    this.#passes = new Passes(store.buckets);
    this.#most = Math.min(mostRead, Math.max(lanes, leastBatches) * batchSize);
  }

  /** Begins at the first row, the next time. */
  restart(): void {
    this.#passes.restart();
  }

  /** What to read now; `undefined` while there is enough. */
  wanted(hasFreeLane: boolean): Wanted | undefined {
    const { leases, batchSize } = this.#options;
    const { size } = this.#prefetch;
    if (size <= this.#most / 2) return wantedOf(leases.alive(), this.#most - size);
    // What was read is for buckets that are being served: the other lanes need something else.
    return hasFreeLane ? wantedOf(leases.free(), batchSize) : undefined;
  }

  /** Reads that; gives whether there is reason to read on at once. Rejects when the store does. */
  async read({ leases, limit }: Wanted): Promise<boolean> {
    const { store, waiting, deliverer } = this.#options;
    const { topics } = deliverer.paused();
    const hasSkipped = this.#passes.isSkipping || this.#prefetch.hasLeft;
    const isFirst = this.#passes.isOver(topics) || (this.#prefetch.known === 0 && hasSkipped);
    if (isFirst) {
      this.#passes.begin(waiting.now(), topics);
      this.#prefetch.forgetLeft();
    }
    // A new pass finds what is known already once more.
    const claim = this.#passes.claim(leases, limit + (isFirst ? this.#prefetch.known : 0));
    const wasCrowded = this.#passes.isCrowded;
    const finish = this.#prefetch.beginRead(leases);
    try {
      const rows = await store.rows.claim(claim);
      this.#passes.found(claim, rows);
      // Perhaps there is something in other buckets, or farther on.
      return finish(rows) > 0 || rows.length >= claim.limit || wasCrowded;
    } catch (error) {
      finish([]);
      throw error;
    }
  }
}

function wantedOf(leases: readonly Lease[], limit: number): Wanted | undefined {
  return leases.length === 0 ? undefined : { leases, limit };
}
