import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { mariadb } from "@sluice-internal/services";
import { createPool } from "mysql2/promise";
import { MysqlOutbox, migrateMysql } from "sluice/stores/mysql";
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

const atOnce = 50_000;

/** MariaDB writes each plan into its log of slow statements, where none is too quick for it. */
export async function planMariadb(): Promise<PlannedDatabase> {
  const server = await mariadb.start({
    settings: {
      "innodb-buffer-pool-size": "1G",
      "innodb-log-file-size": "1G",
      "long-query-time": 0,
      "log-slow-verbosity": "query_plan,explain",
      "slow-query-log-file": "slow.log",
      "slow-query-log": 1,
    },
  });
  const pool = createPool({ uri: await server.createDatabase(), connectionLimit: 10 });
  const log = join(server.folder, "data", "slow.log");
  let readUpTo = 0;
  await migrateMysql(pool);
  return {
    name: "MariaDB",

    async fill(rows) {
      const quiet = await pool.getConnection();
      await quiet.query("set slow_query_log = 0");
      await quiet.beginTransaction();
      await new MysqlOutbox(pool, { registry }).add(oneOfEachKey(), quiet);
      await quiet.commit();
      await quiet.query(templateTable);
      await quiet.query(spreadTopics);
      await quiet.query("truncate sluice_outbox");
      const { state, doneMs } = kindsOf(rows);
      for (let at = 0; at < rows; at += atOnce)
        await quiet.query(
          `insert into sluice_outbox (message_id, ${copied}, state, done_ms) ` +
            `select uuid(), ${copied}, ${state}, ${doneMs} from (select seq as batch from ` +
            `seq_${at / keys}_to_${Math.min(at + atOnce, rows) / keys - 1}) as series join template order by batch, place`,
        );
      await quiet.query("analyze table sluice_outbox");
      quiet.destroy();
      readUpTo = existsSync(log) ? statSync(log).size : 0;
    },

    outbox: ({ keepDone }) => new MysqlOutbox(pool, { registry, keepDone }),

    async statements() {
      // It writes down what was run after it has answered.
      await new Promise((resolve) => setTimeout(resolve, 300));
      const text = readFileSync(log).subarray(readUpTo).toString();
      readUpTo += Buffer.byteLength(text);
      return text.split("# User@Host: ").flatMap(statementOf);
    },

    async [Symbol.asyncDispose]() {
      await pool.end();
      await server.stop();
    },
  };
}

function statementOf(part: string): Statement[] {
  const seconds = /Query_time: (?<seconds>[\d.]+)/.exec(part)?.groups?.seconds;
  const plan = [...part.matchAll(/^# explain: (.*)$/gm)]
    .map(([, line]) => line?.replaceAll("\t", " | "))
    .join("\n");
  const sql = part
    .split("\n")
    .slice(1)
    .filter((line) => !/^(#|SET timestamp|use )/.test(line))
    .join(" ")
    .trim();
  if (seconds === undefined || plan === "" || !sql.includes("sluice_")) return [];
  return [{ sql: withoutValues(sql), ms: Number(seconds) * 1_000, plan }];
}

/** The driver writes values into the statement. */
function withoutValues(sql: string): string {
  return sql
    .replaceAll(/'(?:[^'\\]|\\.)*'/g, "?")
    .replaceAll(/-?\b\d+\b/g, "?")
    .replaceAll(/\?(, \?)+/g, "?, …")
    .replaceAll(/(\(bucket = \? and epoch = \?\))( or \(bucket = \? and epoch = \?\))+/g, "$1 or …")
    .replaceAll(/(\(select [^()]*?\))( union all \(select [^()]*?\))+/g, "$1 union all …");
}
