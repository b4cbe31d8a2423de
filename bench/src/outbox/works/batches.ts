import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { OnPostgres } from "../on-postgres.js";
import { lanesOf, rateRow } from "../rate-row.js";
import type { WorkOptions } from "../work-options.js";

/** The relay, and a loop that claims and deletes by hand without order, lease or fence. */
export async function* batches({ createDatabase }: WorkOptions): AsyncGenerator<Row> {
  await using db = await OnPostgres.open(await createDatabase());
  for (const [batchSize, goal] of [
    [1_000, 1.5],
    [100, 1.2],
  ] as const) {
    const relay = async (lanes: number) => {
      await db.fillOutbox();
      return db.relay({ batchSize, lanes });
    };
    const rates = await inTurn(5, {
      one: () => relay(1),
      two: () => relay(2),
      four: () => relay(4),
      async byHand() {
        await db.fillByHand();
        await db.pool.query("vacuum analyze by_hand");
        return db.byHand(batchSize);
      },
    });
    for (const [lanes, ofLanes] of [
      [1, rates.one],
      [2, rates.two],
      [4, rates.four],
    ] as const)
      yield rateRow(
        `outbox, PostgreSQL, batches of ${batchSize}`,
        {
          measured: lanesOf(lanes),
          rates: ofLanes,
          against: "claim and delete by hand",
          otherRates: rates.byHand,
        },
        goal,
      );
  }
}
