import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { postgres } from "@sluice-internal/services";
import pg from "pg";
import { migratePostgres, PostgresOutbox } from "sluice/stores/postgres";
import {
  copied,
  keys,
  kindsOf,
  oneOfEachKey,
  type PlannedDatabase,
  registry,
  type Statement,
  spreadTopics,
  templateTable,
} from "./planned-database.js";

const atOnce = 100_000;

/** PostgreSQL writes each plan into its log, as it was used, with what it found (auto_explain). */
export async function planPostgres(): Promise<PlannedDatabase> {
  const server = await postgres.start({
    settings: {
      shared_buffers: "512MB",
      max_wal_size: "4GB",
      session_preload_libraries: "auto_explain",
      "auto_explain.log_min_duration": 0,
      "auto_explain.log_analyze": "on",
      "auto_explain.log_buffers": "on",
      "auto_explain.log_parameter_max_length": 0,
      log_line_prefix: "@@",
    },
  });
  const pool = new pg.Pool({ connectionString: server.url });
  pool.on("error", () => {}); // the server may end before the last connection has
  const log = join(server.folder, "server.log");
  let readUpTo = 0;
  await migratePostgres(pool);
  return {
    name: "PostgreSQL",

    async fill(rows) {
      const quiet = await pool.connect();
      await quiet.query("set auto_explain.log_min_duration = -1");
      await quiet.query("begin");
      await new PostgresOutbox<pg.PoolClient>(pool, { registry }).add(oneOfEachKey(), quiet);
      await quiet.query("commit");
      await quiet.query(templateTable);
      await quiet.query(spreadTopics);
      await quiet.query("truncate sluice_outbox");
      const { state, doneMs } = kindsOf(rows);
      for (let at = 0; at < rows; at += atOnce)
        await quiet.query(
          `insert into sluice_outbox (message_id, ${copied}, state, done_ms) ` +
            `select gen_random_uuid(), ${copied}, ${state}, ${doneMs} ` +
            "from generate_series($1::int, $2::int) as batch cross join template order by batch, place",
          [at / keys, Math.min(at + atOnce, rows) / keys - 1],
        );
      await quiet.query("vacuum (freeze, analyze) sluice_outbox");
      quiet.release(true);
      readUpTo = statSync(log).size;
    },

    outbox: ({ keepDone }) => new PostgresOutbox(pool, { registry, keepDone }),

    async statements() {
      const text = readFileSync(log).subarray(readUpTo).toString();
      readUpTo += Buffer.byteLength(text);
      return text.split("@@").flatMap(statementOf);
    },

    async [Symbol.asyncDispose]() {
      await pool.end();
      await server.stop();
    },
  };
}

const entry = /^LOG: {2}duration: (?<ms>[\d.]+) ms {2}plan:\n\tQuery Text: (?<sql>[^\n]*)\n(?<plan>.*)$/s;

function statementOf(part: string): Statement[] {
  const { ms, sql, plan } = entry.exec(part)?.groups ?? {};
  if (ms === undefined || sql === undefined || plan === undefined || !sql.includes("sluice_")) return [];
  return [{ sql, ms: Number(ms), plan: plan.replaceAll(/^\t/gm, "").trimEnd() }];
}
