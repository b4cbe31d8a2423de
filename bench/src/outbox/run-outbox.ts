import { startRelay } from "sluice/outbox";
import { PostgresOutbox } from "sluice/stores/postgres";
import { median, quartiles, ratiosOf } from "../median.js";
import type { Row } from "../work.js";
import { Moved, registry } from "./fill.js";
import { OnPostgres } from "./on-postgres.js";
import { OnSqlite } from "./on-sqlite.js";
import { graphileWorker } from "./peers/graphile-worker.js";
import { pgBoss } from "./peers/pg-boss.js";
import { pgTransactionalOutbox } from "./peers/pg-transactional-outbox.js";

const rounds = 3;

/** How many times as quick the relay is to be. */
const peers = [
  [graphileWorker, 1],
  [pgBoss, 3],
  [pgTransactionalOutbox, 1],
] as const;

export async function* runOutbox(): AsyncGenerator<Row> {
  {
    await using db = await OnPostgres.start();
    for (const [batchSize, goal] of [
      [1_000, 1.5],
      [100, 1.2],
    ] as const)
      for (const lanes of [1, 2, 4]) {
        const ours: number[] = [];
        const byHand: number[] = [];
        for (let round = 0; round < rounds; round++) {
          await db.fillOutbox();
          ours.push(await db.relay({ batchSize, lanes }));
          byHand.push(await db.byHand(batchSize));
        }
        yield ratioRow(
          `PostgreSQL, batches of ${batchSize}`,
          lanesOf(lanes),
          ours,
          "claim and delete by hand",
          byHand,
          goal,
        );
      }
    yield* besidePeers(db);
    yield await slowBroker(db);
    yield* await fromCommitToPublish(db);
    yield await costOfAdd(db);
  }
  using sqlite = await new OnSqlite().start();
  const ours: number[] = [];
  const byHand: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await sqlite.relay({ batchSize: 1_000, lanes: 1 }));
    byHand.push(sqlite.byHand(1_000));
  }
  yield ratioRow("SQLite, batches of 1000", "relay", ours, "claim and delete by hand", byHand, 1);
}

/** Other libraries with the same rows, in turn with the relay. */
async function* besidePeers(db: OnPostgres): AsyncGenerator<Row> {
  for (const [peer, goal] of peers) {
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      await db.fillOutbox();
      ours.push(await db.relay({ batchSize: 1_000, lanes: 2 }));
      theirs.push(await peer.run(await db.createDatabase(), peer.rows));
    }
    yield ratioRow("PostgreSQL, batches of 1000", lanesOf(2), ours, peer.name, theirs, goal);
  }
}

/** What lanes are for: hiding the latency of the broker. */
async function slowBroker(db: OnPostgres): Promise<Row> {
  const [four, one]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const [lanes, rates] of [
      [4, four],
      [1, one],
    ] as const) {
      await db.fillOutbox();
      rates.push(await db.relay({ batchSize: 100, lanes, brokerMs: 5 }));
    }
  }
  return ratioRow("a broker that takes 5 ms, batches of 100", lanesOf(4), four, lanesOf(1), one, 2.5);
}

/** From the commit of an event to its publishing, while nothing else is to do. */
async function* fromCommitToPublish(db: OnPostgres): AsyncGenerator<Row> {
  const outbox = new PostgresOutbox(db.pool, { registry });
  let published = Promise.withResolvers<void>();
  const broker = {
    async publish() {
      published.resolve();
    },
    async close() {},
  };
  const relay = await startRelay({ outbox, broker });
  const took: number[] = [];
  for (let n = 0; n < 300; n++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    published = Promise.withResolvers();
    await db.transaction((client) => outbox.add(new Moved(n), client));
    const committed = performance.now();
    outbox.committed();
    await published.promise;
    took.push(performance.now() - committed);
  }
  await relay.close();
  const sorted = took.toSorted((a, b) => a - b);
  for (const [quantile, goal] of [
    [0.5, undefined],
    [0.99, 10],
  ] as const)
    yield {
      work: `from commit to publish, idle, p${quantile * 100}`,
      measured: "relay in the same process",
      took: `${took.length} events`,
      against: "",
      otherTook: "",
      value: sorted[Math.floor(quantile * sorted.length)] as number,
      unit: "ms",
      ...(goal !== undefined && { goal: { bound: "at most", value: goal } }),
    };
}

/** A transaction of three writes, with an event and without. */
async function costOfAdd(db: OnPostgres): Promise<Row> {
  const outbox = new PostgresOutbox(db.pool, { registry });
  await db.pool.query("create table if not exists three (id bigserial primary key, n int not null)");
  const run = async (withEvent: boolean): Promise<number> => {
    const start = performance.now();
    for (let n = 0; n < 300; n++)
      await db.transaction(async (client) => {
        for (let write = 0; write < 3; write++) await client.query("insert into three (n) values ($1)", [n]);
        if (withEvent) await outbox.add(new Moved(n), client);
      });
    return performance.now() - start;
  };
  const [without, withEvent]: [number[], number[]] = [[], []];
  for (let round = -1; round < 7; round++) {
    const [first, second] = [await run(false), await run(true)];
    if (round < 0) continue;
    without.push(first);
    withEvent.push(second);
  }
  const ratios = ratiosOf(withEvent, without);
  return {
    work: "a transaction of three writes",
    measured: "with outbox.add",
    took: `${(median(withEvent) / 300).toFixed(2)} ms`,
    against: "without",
    otherTook: `${(median(without) / 300).toFixed(2)} ms`,
    value: median(ratios),
    spread: quartiles(ratios),
    unit: "×",
    goal: { bound: "at most", value: 1.15 },
  };
}

function lanesOf(lanes: number): string {
  return `relay, ${lanes} ${lanes === 1 ? "lane" : "lanes"}`;
}

function ratioRow(
  work: string,
  measured: string,
  ours: readonly number[],
  against: string,
  others: readonly number[],
  goal: number,
): Row {
  const ratios = ratiosOf(ours, others);
  return {
    work: `outbox, ${work}`,
    measured,
    took: `${Math.round(median(ours) / 1_000)}k rows/s`,
    against,
    otherTook: `${Math.round(median(others) / 1_000)}k rows/s`,
    value: median(ratios),
    spread: quartiles(ratios),
    unit: "×",
    goal: { bound: "at least", value: goal },
  };
}
