import type pg from "pg";
import { median, partsOf, quartiles, ratiosOf } from "../../median.js";
import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { insertByHand } from "../hand.js";
import { Moved } from "../moved.js";
import { OnPostgres } from "../on-postgres.js";
import type { WorkOptions } from "../work-options.js";

const rounds = 7;
const transactions = 200;
const work = "outbox, a transaction of three writes";

type Write = (client: pg.PoolClient) => Promise<unknown>;

/** A transaction of three writes: as it is, with an event, and with the row that any outbox must write at least. */
export async function* add({ createDatabase }: WorkOptions): AsyncGenerator<Row> {
  await using db = await OnPostgres.open(await createDatabase());
  await db.pool.query("create table three (id bigserial primary key, n int not null)");
  const nothing: Write = async () => {};
  const event: Write = (client) => db.outbox.add(new Moved(0), client);
  const timed = (write: Write) => async () => {
    const start = performance.now();
    await db.transaction((client) => threeWritesAnd(write, client));
    return performance.now() - start;
  };
  const sides = { without: timed(nothing), withAdd: timed(event), byHand: timed(insertByHand) };
  await inTurn(transactions, sides);
  // Each transaction in turn, so that a slow moment of the disk is one of all sides.
  const took = await inTurn(rounds * transactions, sides);
  const roundsOf = (ms: readonly number[]) => partsOf(ms, transactions).map(median);
  const [without, withAdd, byHand] = [took.without, took.withAdd, took.byHand].map(roundsOf) as [
    number[],
    number[],
    number[],
  ];
  const [added, inserted] = ["with outbox.add", "with the row inserted by hand"];
  yield timesRow(added, withAdd, "without", without, 1.15);
  yield timesRow(inserted, byHand, "without", without);
  yield timesRow(added, withAdd, inserted, byHand);
  const [trips, tripsWithout] = [await roundTrips(db, event), await roundTrips(db, nothing)];
  yield {
    work,
    measured: "round trips of outbox.add",
    took: `${trips} statements`,
    against: "without",
    otherTook: `${tripsWithout} statements`,
    value: trips - tripsWithout,
    unit: "round trips",
    goal: { bound: "at most", value: 1 },
  };
}

async function threeWritesAnd(write: Write, client: pg.PoolClient): Promise<void> {
  for (let n = 0; n < 3; n++) await client.query("insert into three (n) values ($1)", [n]);
  await write(client);
}

/** How many statements a transaction sends, each of which waits for its answer. */
async function roundTrips(db: OnPostgres, write: Write): Promise<number> {
  const client = await db.pool.connect();
  const { query } = client;
  let count = 0;
  client.query = ((...args: Parameters<typeof query>) => {
    count++;
    return query.apply(client, args);
  }) as typeof query;
  await client.query("begin");
  await threeWritesAnd(write, client);
  await client.query("commit");
  client.release(true);
  return count;
}

function timesRow(
  measured: string,
  ours: readonly number[],
  against: string,
  others: readonly number[],
  most?: number,
): Row {
  const ratios = ratiosOf(ours, others);
  return {
    work,
    measured,
    took: `${median(ours).toFixed(2)} ms`,
    against,
    otherTook: `${median(others).toFixed(2)} ms`,
    value: median(ratios),
    spread: quartiles(ratios),
    unit: "×",
    ...(most !== undefined && { goal: { bound: "at most", value: most } }),
  };
}
