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

/** Node tells whether a transaction is open, which the store needs, since 22.16. */
async function openFile(path: string): Promise<SqliteDatabase & DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(path);
  if ("isTransaction" in db) return db;
  (db as DatabaseSync).close();
  throw new InvalidOptionError("Node, for a database sqlite:,", process.versions.node, "22.16 or later");
}
