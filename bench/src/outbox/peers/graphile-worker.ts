import { Logger, makeWorkerUtils, run } from "graphile-worker";
import { counting, type Peer } from "./peer.js";

const logger = new Logger(() => () => {});

/** With a local queue and completions in batches, as its page on performance says. */
export const graphileWorker: Peer = {
  name: "graphile-worker, tuned",
  rows: 100_000,

  async run(url, rows) {
    const utils = await makeWorkerUtils({ connectionString: url, logger });
    await utils.migrate();
    await utils.withPgClient((client) =>
      client.query(
        `select graphile_worker.add_jobs(array(
           select json_populate_record(null::graphile_worker.job_spec,
             json_build_object('identifier', 'moved', 'payload', json_build_object('text', repeat('x', 88))))
           from generate_series(1, $1)))`,
        [rows],
      ),
    );
    await utils.release();
    const { take, rate } = counting(rows);
    const runner = await run({
      connectionString: url,
      logger,
      maxPoolSize: 10,
      noHandleSignals: true,
      taskList: { moved: take },
      preset: {
        worker: {
          concurrentJobs: 24,
          localQueue: { size: 1_000 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
    });
    const measured = await rate;
    await runner.stop();
    return measured;
  },
};
