import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { rows } from "../moved.js";
import { OnPostgres } from "../on-postgres.js";
import { lanesOf, rateRow } from "../rate-row.js";
import type { WorkOptions } from "../work-options.js";

/** A relay that keeps what is done, in an empty table and in one that holds very many rows that are done. */
export async function* doneRows({ createDatabase, doneRows }: WorkOptions): AsyncGenerator<Row> {
  await using empty = await OnPostgres.open(await createDatabase(), { keepDone: true });
  await using full = await OnPostgres.open(await createDatabase(), { keepDone: true });
  await full.addDoneRows(doneRows);
  const relay = async (db: OnPostgres) => {
    const last = await db.pool.query("select coalesce(max(id), 0) as id from sluice_outbox");
    await db.addRows(rows);
    await db.pool.query("vacuum analyze sluice_outbox");
    const rate = await db.relay({ batchSize: 1_000, lanes: 2 });
    // Both tables go back to what they were, in the same way.
    await db.pool.query("delete from sluice_outbox where id > $1", [last.rows[0].id]);
    await db.pool.query("vacuum sluice_outbox");
    return rate;
  };
  await relay(full);
  await relay(empty);
  const { among, alone } = await inTurn(5, { among: () => relay(full), alone: () => relay(empty) });
  const sides = {
    measured: `${lanesOf(2)}, among ${doneRows.toLocaleString("en")} done rows`,
    rates: among,
    against: "without them",
    otherRates: alone,
  };
  yield rateRow("outbox, PostgreSQL, done rows kept", sides, 0.9);
}
