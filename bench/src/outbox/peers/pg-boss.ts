import { PgBoss } from "pg-boss";
import type { Peer } from "./peer.js";

/** Its own calls, in batches of 1,000: a worker of it would wait between them. */
export const pgBoss: Peer = {
  name: "pg-boss",
  rows: 50_000,

  async run(url, rows) {
    const boss = new PgBoss({ connectionString: url, schedule: false, supervise: false });
    boss.on("error", () => {});
    await boss.start();
    await boss.createQueue("moves");
    for (let at = 0; at < rows; at += 5_000)
      await boss.insert(
        "moves",
        Array.from({ length: 5_000 }, () => ({ data: { text: "x".repeat(88) } })),
      );
    const start = performance.now();
    for (;;) {
      const jobs = await boss.fetch("moves", { batchSize: 1_000 });
      if (jobs.length === 0) break;
      await boss.complete(
        "moves",
        jobs.map(({ id }) => id),
      );
    }
    const rate = (rows * 1_000) / (performance.now() - start);
    await boss.stop({ graceful: false });
    return rate;
  },
};
