import type { Lease, QueueLeases, QueueRows, QueueStore, Worker } from "sluice/outbox";
import type { Store } from "./engines/engine.js";

/** Faults put in on purpose, each of which the suite must find. */
export const mutants = ["no fence", "no claim", "mark first", "cursor"] as const;

export type Mutant = (typeof mutants)[number];

type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

/** Breaks a store. */
export function mutate(mutant: Mutant, { exec }: Store, queue: QueueStore): void {
  const rows = queue.rows as Writable<QueueRows>;
  const leases = queue.leases as Writable<QueueLeases>;
  if (mutant === "no fence") {
    // Whoever has ever read a row may mark it.
    rows.complete = async (_, ids) => {
      await exec(`delete from sluice_outbox where id in (${ids.map(Number).join(", ")})`);
      return ids.length;
    };
  } else if (mutant === "no claim") {
    // Everybody serves everything.
    const all: Lease[] = Array.from({ length: queue.buckets }, (_, bucket) => ({ bucket, epoch: 1 }));
    leases.take = async () => all;
    leases.renew = async (_: Worker) => ({ held: all, workers: 1 });
    rows.complete = async (_, ids) => {
      await exec(`delete from sluice_outbox where id in (${ids.map(Number).join(", ")})`);
      return ids.length;
    };
  } else if (mutant === "cursor") {
    // Goes on behind the last row that it has read.
    const { claim } = rows;
    let last = 0;
    rows.claim = async (wanted) => {
      const found = (await claim.call(rows, wanted)).filter(({ id }) => id > last);
      last = Math.max(last, ...found.map(({ id }) => id));
      return found;
    };
  } else {
    // Done before it is published.
    const { claim, complete } = rows;
    rows.claim = async (wanted) => {
      const found = await claim.call(rows, wanted);
      await complete.call(
        rows,
        wanted.leases,
        found.map(({ id }) => id),
      );
      return found;
    };
  }
}
