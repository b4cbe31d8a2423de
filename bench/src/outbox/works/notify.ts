import { PostgresOutbox } from "sluice/stores/postgres";
import { inTurn } from "../../turns.js";
import type { Row } from "../../work.js";
import { Moved, registry } from "../moved.js";
import { OnPostgres } from "../on-postgres.js";
import { rateRow } from "../rate-row.js";
import type { WorkOptions } from "../work-options.js";

const writers = 16;
const commits = 1_600;

/** Writers beside each other, each of whose transactions adds one event, while somebody listens. */
export async function* notify({ createDatabase }: WorkOptions): AsyncGenerator<Row> {
  await using db = await OnPostgres.open(await createDatabase());
  const notifying = new PostgresOutbox<Parameters<typeof db.outbox.add>[1]>(db.pool, {
    registry,
    notify: true,
  });
  const stop = await notifying.queue.listen?.(() => {});
  const rate = async (outbox: typeof db.outbox) => {
    await db.pool.query("truncate sluice_outbox");
    const start = performance.now();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let n = 0; n < commits / writers; n++)
          await db.transaction((client) => outbox.add(new Moved(writer + n * writers), client));
      }),
    );
    return (commits * 1_000) / (performance.now() - start);
  };
  await rate(notifying);
  const { on, off } = await inTurn(7, { on: () => rate(notifying), off: () => rate(db.outbox) });
  await stop?.();
  const sides = { measured: "notify: true", rates: on, against: "notify: false", otherRates: off };
  yield rateRow(`outbox, ${writers} writers, an event a transaction`, sides, undefined, "commits");
}
