import { postgres, type RunningDatabase } from "@sluice-internal/services";
import type { Row, Skipped } from "../work.js";
import { outboxWorks } from "./works.js";

/** One that fails does not keep the others from being measured. */
export async function* runOutbox(
  works: readonly string[],
  { doneRows }: { readonly doneRows: number },
): AsyncGenerator<Row | Skipped> {
  let server: RunningDatabase | undefined;
  const createDatabase = async () => {
    server ??= await postgres.start({ settings });
    return server.createDatabase();
  };
  try {
    for (const name of works) {
      const start = performance.now();
      try {
        yield* outboxWorks[name]?.({ createDatabase, doneRows }) ?? [];
      } catch (error) {
        yield { skipped: `outbox, the rest of ${name}`, reason: String(error), error };
      }
      console.error(`  ${name}: ${Math.round((performance.now() - start) / 1_000)} s`);
    }
  } finally {
    await server?.stop();
  }
}

/** No checkpoint comes by itself in the middle of one side. */
const settings = { shared_buffers: "512MB", max_wal_size: "4GB", checkpoint_timeout: "1h" };
