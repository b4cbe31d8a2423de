import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { rateRow } from "../rate-row.js";
import { drivers, SqliteFile } from "../sqlite-file.js";

/** A relay on a connection of its own, and a loop by hand with the same driver in another file. */
export async function* sqlite(): AsyncGenerator<Row> {
  for (const [name, driver] of Object.entries(drivers)) {
    using ofRelay = SqliteFile.open(driver);
    using ofHand = SqliteFile.open(driver);
    const { relay, byHand } = await inTurn(5, {
      relay: () => ofRelay.relay({ batchSize: 1_000, lanes: 1 }),
      byHand: () => ofHand.byHand(1_000),
    });
    const sides = {
      measured: `relay, ${name}`,
      rates: relay,
      against: "claim and delete by hand",
      otherRates: byHand,
    };
    yield rateRow("outbox, SQLite, batches of 1000", sides, 1);
  }
}
