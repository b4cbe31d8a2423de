import type { Logger } from "../handlers/logger.js";
import type { Lease, QueueLeases, Worker } from "./queue-store.js";

interface Held extends Lease {
  /** By the clock of this process, which no one can set: when the lease has surely not ended yet. */
  readonly untilMs: number;
}

export interface LeaseKeeperOptions {
  readonly leases: QueueLeases;
  readonly buckets: number;
  readonly worker: Worker;
  readonly logger: Logger;
  /** Given buckets that others may have served before; they are served once it has resolved. */
  readonly learn: (gained: readonly Lease[]) => Promise<void>;
  /** Called when there is more to serve than before. */
  readonly onGained: () => void;
}

/** Holds a fair share of a queue's buckets, and knows at any moment which of them are still its own (rule O3). */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Map<number, Held>();
  readonly #busy = new Set<number>();
  #share = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #beating: Promise<void> | undefined;
  #isFailing = false;
  #isClosed = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** Rejects when the worker cannot join. */
  async start(): Promise<void> {
    const { leases, worker } = this.#options;
    await leases.join(worker);
    await this.#beat();
    this.#schedule();
  }

  /** What may be served. */
  alive(): Lease[] {
    return [...this.#held.values()].filter(isAlive);
  }

  /** What may be served, and is not at the moment. */
  free(): Lease[] {
    return this.alive().filter(({ bucket }) => !this.#busy.has(bucket));
  }

  isBusy(bucket: number): boolean {
    return this.#busy.has(bucket);
  }

  get held(): number {
    return this.#held.size;
  }

  /** Whether a bucket is still this worker's under that very epoch. */
  holds({ bucket, epoch }: Lease): boolean {
    const lease = this.#held.get(bucket);
    return lease !== undefined && lease.epoch === epoch && isAlive(lease);
  }

  /** Whether a worker of this process serves it, so that it is not served twice, nor handed back meanwhile. */
  occupy(bucket: number): void {
    this.#busy.add(bucket);
  }

  async vacate(buckets: readonly number[]): Promise<void> {
    for (const bucket of buckets) this.#busy.delete(bucket);
    if (this.#held.size > this.#share) await this.#try("give buckets back", () => this.#handBack());
  }

  /** Gives everything back; what is being served must have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#beating;
    this.#held.clear();
    await this.#try("leave", () => this.#options.leases.leave(this.#options.worker));
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#beating = this.#try("renew its leases", () => this.#beat()).finally(() => this.#schedule());
    }, this.#options.worker.leaseMs / 5);
  }

  async #beat(): Promise<void> {
    const { leases, buckets, worker } = this.#options;
    const askedAt = performance.now();
    const { held, workers } = await leases.renew(worker);
    this.#forgetAllBut(held);
    await this.#keep(held, askedAt);
    this.#share = Math.ceil(buckets / Math.max(1, workers));
    if (this.#isClosed) return;
    if (this.#held.size > this.#share) return this.#handBack();
    if (this.#held.size < this.#share) await this.#takeMore();
  }

  async #takeMore(): Promise<void> {
    const { leases, worker } = this.#options;
    const askedAt = performance.now();
    await this.#keep(await leases.take(worker, this.#share - this.#held.size), askedAt);
  }

  async #handBack(): Promise<void> {
    const spare = this.free().slice(0, this.#held.size - this.#share);
    for (const { bucket } of spare) this.#held.delete(bucket);
    if (spare.length > 0) await this.#options.leases.release(spare);
  }

  async #keep(leases: readonly Lease[], askedAt: number): Promise<void> {
    const { worker, learn, onGained } = this.#options;
    const gained = leases.filter(({ bucket, epoch }) => this.#held.get(bucket)?.epoch !== epoch);
    if (gained.length > 0) await learn(gained);
    const untilMs = askedAt + worker.leaseMs;
    for (const { bucket, epoch } of leases) this.#held.set(bucket, { bucket, epoch, untilMs });
    if (gained.length > 0) onGained();
  }

  #forgetAllBut(held: readonly Lease[]): void {
    const epochs = new Map(held.map(({ bucket, epoch }) => [bucket, epoch]));
    const lost = [...this.#held.values()].filter(({ bucket, epoch }) => epochs.get(bucket) !== epoch);
    for (const { bucket } of lost) this.#held.delete(bucket);
    if (lost.length === 0) return;
    const { name } = this.#options.worker;
    const why = "it was stopped, or waited for its store, for longer than its lease";
    const what = `${name} has lost ${lost.length} of its buckets to others; ${why}.`;
    this.#options.logger.warn({ worker: name, buckets: lost.map(({ bucket }) => bucket) }, what);
  }

  /** A store that does not answer is tried again at the next beat; it is told of once. */
  async #try(what: string, body: () => Promise<void>): Promise<void> {
    const { worker, logger } = this.#options;
    try {
      await body();
      if (this.#isFailing) logger.info({ worker: worker.name }, `${worker.name} reaches its store again.`);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) logger.error({ worker: worker.name, error }, `${worker.name} cannot ${what}.`);
      this.#isFailing = true;
    }
  }
}

function isAlive({ untilMs }: Held): boolean {
  return performance.now() < untilMs;
}
