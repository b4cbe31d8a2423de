import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { rows } from "../moved.js";
import { OnPostgres } from "../on-postgres.js";
import { lanesOf, rateRow } from "../rate-row.js";
import type { WorkOptions } from "../work-options.js";

/** Tables of which the database has no statistics yet: it has them a minute or more after much has come. */
export async function* newTables({ createDatabase }: WorkOptions): AsyncGenerator<Row> {
  const open = async () => {
    const db = await OnPostgres.open(await createDatabase());
    await db.keepFromAnalyzing();
    return db;
  };
  const { relay, byHand } = await inTurn(3, {
    async relay() {
      await using db = await open();
      await db.addRows(rows);
      return await db.relay({ batchSize: 1_000, lanes: 2 });
    },
    async byHand() {
      await using db = await open();
      await db.fillByHand();
      return await db.byHand(1_000);
    },
  });
  const sides = {
    measured: lanesOf(2),
    rates: relay,
    against: "claim and delete by hand",
    otherRates: byHand,
  };
  yield rateRow("outbox, PostgreSQL, tables without statistics", sides, 1.5);
}
