import { WorkerNameTakenError } from "./queue-errors.js";
import type { Lease, QueueLeases, Worker } from "./queue-store.js";

interface Slot {
  epoch: number;
  token: string | undefined;
  untilMs: number;
}

/** The leases of a {@link MemoryQueue}. */
export class MemoryLeases implements QueueLeases {
  readonly #slots: Slot[];
  readonly #workers = new Map<string, { readonly token: string; readonly untilMs: number }>();

  constructor(buckets: number) {
    this.#slots = Array.from({ length: buckets }, () => ({ epoch: 0, token: undefined, untilMs: 0 }));
  }

  async join({ name, token, leaseMs }: Worker): Promise<void> {
    const other = this.#workers.get(name);
    if (other !== undefined && other.token !== token && other.untilMs > Date.now())
      throw new WorkerNameTakenError(name);
    this.#workers.set(name, { token, untilMs: Date.now() + leaseMs });
  }

  async renew(worker: Worker): Promise<{ held: Lease[]; workers: number }> {
    await this.join(worker);
    const held: Lease[] = [];
    for (const [bucket, slot] of this.#slots.entries()) {
      if (slot.token !== worker.token) continue;
      slot.untilMs = Date.now() + worker.leaseMs;
      held.push({ bucket, epoch: slot.epoch });
    }
    return { held, workers: this.alive().length };
  }

  async take({ token, leaseMs }: Worker, limit: number): Promise<Lease[]> {
    const taken: Lease[] = [];
    for (const [bucket, slot] of this.#slots.entries()) {
      if (taken.length >= limit || (slot.token !== undefined && slot.untilMs > Date.now())) continue;
      Object.assign(slot, { token, untilMs: Date.now() + leaseMs });
      taken.push({ bucket, epoch: ++slot.epoch });
    }
    return taken;
  }

  async release(leases: readonly Lease[]): Promise<void> {
    for (const lease of leases) if (this.isHeld(lease)) this.#free(lease.bucket);
  }

  async leave({ name, token }: Worker): Promise<void> {
    if (this.#workers.get(name)?.token === token) this.#workers.delete(name);
    for (const [bucket, slot] of this.#slots.entries()) if (slot.token === token) this.#free(bucket);
  }

  /** Whether a bucket is still under this epoch. */
  isHeld({ bucket, epoch }: Lease): boolean {
    const slot = this.#slots[bucket];
    return slot?.token !== undefined && slot.epoch === epoch;
  }

  alive(): { name: string; buckets: number }[] {
    return [...this.#workers]
      .filter(([, { untilMs }]) => untilMs > Date.now())
      .map(([name, { token }]) => ({
        name,
        buckets: this.#slots.filter((slot) => slot.token === token).length,
      }));
  }

  #free(bucket: number): void {
    Object.assign(this.#slots[bucket] as Slot, { token: undefined, untilMs: 0 });
  }
}
