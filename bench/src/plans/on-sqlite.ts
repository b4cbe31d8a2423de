import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { migrateSqlite, SqliteOutbox } from "sluice/stores/sqlite";
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

/** SQLite is asked for its plans; how long statements take is measured around them. */
export async function planSqlite(): Promise<PlannedDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-plans-"));
  const db = new Sqlite(join(folder, "plans.db"));
  for (const setting of ["journal_mode = WAL", "synchronous = FULL"]) db.pragma(setting);
  migrateSqlite(db);
  let ran: Ran[] = [];
  const timed = timing(db, (statement) => ran.push(statement));
  return {
    name: "SQLite",

    async fill(rows) {
      db.exec("begin immediate");
      new SqliteOutbox(db, { registry }).add(oneOfEachKey(), db);
      db.exec("commit");
      db.exec(templateTable);
      db.exec(spreadTopics);
      db.exec("delete from sluice_outbox");
      const { state, doneMs } = kindsOf(rows);
      db.prepare(
        `insert into sluice_outbox (message_id, ${copied}, state, done_ms) ` +
          "with recursive series (batch) as (select 0 union all select batch + 1 from series where batch < ?) " +
          `select lower(hex(randomblob(16))), ${copied}, ${state}, ${doneMs} from series cross join template`,
      ).run(rows / keys - 1);
      db.pragma("wal_checkpoint(truncate)");
      ran = [];
    },

    outbox: ({ keepDone }) => new SqliteOutbox(timed, { registry, keepDone }),

    async statements() {
      const statements = ran.map(({ sql, ms, params }) => ({ sql, ms, plan: planOf(db, sql, params) }));
      ran = [];
      return statements;
    },

    async [Symbol.asyncDispose]() {
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

interface Ran extends Omit<Statement, "plan"> {
  readonly params: readonly unknown[];
}

/** With its values, by which an index over a part of the table may be found. */
function planOf(db: Sqlite.Database, sql: string, params: readonly unknown[]): string {
  const lines = db.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...params);
  return lines.map(({ detail }) => detail).join("\n");
}

/** The same database; tells of each statement that is run on it. */
function timing(db: Sqlite.Database, tell: (statement: Ran) => void): Sqlite.Database {
  return new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (name !== "prepare") return typeof value === "function" ? value.bind(target) : value;
      return (sql: string) => {
        const statement = target.prepare(sql);
        return new Proxy(statement, {
          get(inner, method) {
            const member = Reflect.get(inner, method, inner);
            if (typeof member !== "function") return member;
            return (...params: unknown[]) => {
              const start = performance.now();
              const answer = member.apply(inner, params);
              if (method === "all" || method === "run") tell({ sql, params, ms: performance.now() - start });
              return answer;
            };
          },
        });
      };
    },
  });
}
