import { installPythonCqrs } from "../../python/environment.js";
import { inTurn } from "../../turns.js";
import type { Row, Skipped } from "../../work.js";
import { OnPostgres } from "../on-postgres.js";
import { graphileWorker } from "../peers/graphile-worker.js";
import type { Peer } from "../peers/peer.js";
import { pgBoss } from "../peers/pg-boss.js";
import { pgTransactionalOutbox } from "../peers/pg-transactional-outbox.js";
import { pythonCqrsProducer } from "../peers/python-cqrs.js";
import { lanesOf, rateRow } from "../rate-row.js";
import type { WorkOptions } from "../work-options.js";

/** Other libraries of Node; how many times as quick the relay is to be. */
export async function* peers(options: WorkOptions): AsyncGenerator<Row> {
  yield* beside(options, graphileWorker, 1);
  yield* beside(options, pgBoss, 3);
  yield* beside(options, pgTransactionalOutbox, 1);
}

/** The loop of python-cqrs. */
export async function* pythonCqrs(options: WorkOptions): AsyncGenerator<Row | Skipped> {
  const python = await installPythonCqrs(["sqlalchemy"], ["asyncpg==0.32.0"]).catch((error: Error) => error);
  if (python instanceof Error) {
    yield { skipped: "the outbox of python-cqrs", reason: python.message };
    return;
  }
  await using _ = python;
  yield* beside(options, pythonCqrsProducer(python), 20);
}

/** Another library with rows of the same content, in turn with the relay. */
async function* beside({ createDatabase }: WorkOptions, peer: Peer, goal: number): AsyncGenerator<Row> {
  await using db = await OnPostgres.open(await createDatabase());
  const { ours, theirs } = await inTurn(3, {
    async ours() {
      await db.fillOutbox();
      return db.relay({ batchSize: 1_000, lanes: 2 });
    },
    theirs: async () => peer.run(await createDatabase(), peer.rows),
  });
  const sides = { measured: lanesOf(2), rates: ours, against: peer.name, otherRates: theirs };
  yield rateRow("outbox, PostgreSQL, batches of 1000", sides, goal);
}
