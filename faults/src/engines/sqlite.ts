import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { migrateSqlite, SqliteInbox, SqliteOutbox } from "sluice/stores/sqlite";
import { registry } from "../messages.js";
import { businessTables, type Engine, type Store } from "./engine.js";

/** How long one connection waits for the one that writes. */
const patienceMs = 30_000;

export const sqlite: Engine = {
  name: "sqlite",
  writers: 1,

  async start({ folder } = {}) {
    const own = folder ?? (await mkdtemp(join(tmpdir(), "sluice-faults-")));
    return {
      url: join(own, "faults.db"),
      folder: own,
      async stop() {
        if (folder === undefined) await rm(own, { recursive: true, force: true });
      },
    };
  },

  async migrate(url) {
    const db = connect(url);
    migrateSqlite(db);
    for (const sql of businessTables) db.exec(sql);
    db.close();
  },

  async open(url): Promise<Store> {
    const db = connect(url);
    return {
      outbox: new SqliteOutbox(db, { registry }),
      inbox: new SqliteInbox(db, { registry }),
      async transaction(work) {
        db.exec("begin immediate");
        try {
          const result = await work({
            tx: db as never,
            exec: (sql, params) => db.prepare(sql).run(...params),
          });
          db.exec("commit");
          return result;
        } catch (error) {
          if (db.inTransaction) db.exec("rollback");
          throw error;
        }
      },
      async exec(sql, params = []) {
        const statement = db.prepare(sql);
        if (statement.reader) return statement.all(...params) as Record<string, unknown>[];
        statement.run(...params);
        return [];
      },
      async close() {
        db.close();
      },
    };
  },
};

function connect(url: string) {
  const db = new Sqlite(url, { timeout: patienceMs });
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  return db;
}
