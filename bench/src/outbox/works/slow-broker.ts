import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { OnPostgres } from "../on-postgres.js";
import { lanesOf, rateRow } from "../rate-row.js";
import type { WorkOptions } from "../work-options.js";

/** What lanes are for: hiding the latency of the broker. */
export async function* slowBroker({ createDatabase }: WorkOptions): AsyncGenerator<Row> {
  await using db = await OnPostgres.open(await createDatabase());
  const relay = async (lanes: number) => {
    await db.fillOutbox();
    return db.relay({ batchSize: 100, lanes, brokerMs: 5 });
  };
  const { one, four } = await inTurn(3, { one: () => relay(1), four: () => relay(4) });
  const sides = { measured: lanesOf(4), rates: four, against: lanesOf(1), otherRates: one };
  yield rateRow("outbox, a broker that takes 5 ms, batches of 100", sides, 2.5);
}
