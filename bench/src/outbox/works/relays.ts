import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { Moved, rows } from "../moved.js";
import { MoverProcess } from "../mover-process.js";
import { nowMs } from "../now-ms.js";
import { OnPostgres } from "../on-postgres.js";
import { lanesOf, rateRow } from "../rate-row.js";
import type { WorkOptions } from "../work-options.js";

/** Relays in processes of their own that share the rows, and one with one lane. */
export async function* relays({ createDatabase }: WorkOptions): AsyncGenerator<Row> {
  await using many = await Relays.start(await createDatabase(), 4);
  await using single = await Relays.start(await createDatabase(), 1);
  const { four, one } = await inTurn(3, { four: () => many.rate(), one: () => single.rate() });
  const sides = {
    measured: "four relays of one lane, four processes",
    rates: four,
    against: lanesOf(1),
    otherRates: one,
  };
  yield rateRow("outbox, a broker that takes 5 ms, batches of 100", sides, 2.5);
}

class Relays implements AsyncDisposable {
  private constructor(
    readonly db: OnPostgres,
    readonly movers: readonly MoverProcess[],
  ) {}

  /** Resolves when each has its share of the buckets. */
  static async start(url: string, count: number): Promise<Relays> {
    const db = await OnPostgres.open(url, { notify: true });
    const order = { way: "by a relay", url, listens: true, batchSize: 100, lanes: 1, brokerMs: 5 } as const;
    const movers = await Promise.all(Array.from({ length: count }, () => MoverProcess.start(order)));
    const share = Math.ceil(db.outbox.queue.buckets / count);
    for (;;) {
      const { workers } = await db.outbox.queue.desk.stats();
      if (workers.length === count && workers.every(({ buckets }) => buckets === share)) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return new Relays(db, movers);
  }

  /** Rows a second, from the commit that wakes them to the last batch. */
  async rate(): Promise<number> {
    await this.db.pool.query("truncate sluice_outbox");
    let left = rows + 1;
    const all = Promise.withResolvers<number>();
    const stops = this.movers.map((mover) =>
      mover.onPublished((published, atMs) => {
        left -= published;
        if (left <= 0) all.resolve(atMs);
      }),
    );
    await this.db.transaction(async (client) => {
      await this.db.addRows(rows, undefined, client);
      await client.query("analyze sluice_outbox");
      await this.db.outbox.add(new Moved(0), client); // its NOTIFY wakes them
    });
    const committed = nowMs();
    const took = (await Promise.race([all.promise, ...this.movers.map(({ ended }) => ended)])) - committed;
    for (const stop of stops) stop();
    // The last marks are still to come, and must not meet the next rows.
    while ((await this.db.outbox.queue.desk.count({ state: "pending" })) > 0);
    if (left !== 0) throw new Error(`${rows + 1 - left} of ${rows + 1} rows were published.`);
    return (rows * 1_000) / took;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const mover of this.movers) await mover[Symbol.asyncDispose]();
    await this.db[Symbol.asyncDispose]();
  }
}
