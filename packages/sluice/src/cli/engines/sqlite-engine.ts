import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { MessageRegistry } from "../../messages/message-registry.js";
import { MigrationError } from "../../stores/sql/migrations.js";
import { migrateSqlite, sqliteMigrationScript } from "../../stores/sqlite/migrate-sqlite.js";
import type { SqliteDatabase } from "../../stores/sqlite/sqlite-drivers.js";
import { SqliteInbox } from "../../stores/sqlite/sqlite-inbox.js";
import { sqliteMigrations } from "../../stores/sqlite/sqlite-migrations.js";
import { SqliteOutbox } from "../../stores/sqlite/sqlite-outbox.js";
import type { Engine } from "./engine.js";
import { loadDriver } from "./load-driver.js";

type OpenFile = SqliteDatabase & { close(): unknown };

export const sqliteEngine: Engine = {
  migrationScript: sqliteMigrationScript,

  async open(url, { creates }) {
    const path = url.replace(/^sqlite:(\/\/)?/, "");
    if (path === "") throw new InvalidOptionError("The database", url, "sqlite: and the path of a file");
    if (!creates && !existsSync(path))
      throw new MigrationError(
        `There is no file ${path}, so it has no tables of Sluice. Run sluice migrate, which makes it.`,
        undefined,
        sqliteMigrations.length,
      );
    const db = await openFile(path);
    db.prepare("pragma busy_timeout = 5000").all();
    const registry = new MessageRegistry();
    return {
      outbox: new SqliteOutbox(db, { registry }).queue,
      inbox: new SqliteInbox(db, { registry }).queue,
      migrate: () => migrateSqlite(db),
      close: () => db.close(),
    };
  },
};

/** By Node itself; where it is too old to tell whether a transaction is open, by better-sqlite3. */
async function openFile(path: string): Promise<OpenFile> {
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(path);
  if ("isTransaction" in db) return db;
  (db as DatabaseSync).close();
  const database = `SQLite under Node ${process.versions.node}`;
  const driver = await loadDriver<{ default: new (path: string) => OpenFile }>(["better-sqlite3"], database);
  return new driver.default(path);
}
