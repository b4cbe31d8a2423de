import type { InboxOptions } from "../../inbox/rows-of-entries.js";
import type { SqlResult } from "../sql/sql-database.js";
import { SqlInbox } from "../sql/sql-inbox.js";
import type { SqliteDatabase } from "./sqlite-drivers.js";
import { type SqliteTransactions, sqliteParts } from "./sqlite-parts.js";

/**
 * An inbox in a SQLite database, through better-sqlite3 or `node:sqlite`; `accept` and `add` are synchronous. The tables
 * are made by `migrateSqlite`.
 *
 * @throws {InvalidOptionError} an option is out of range, or the database is none.
 *
 * @example
 * ```ts
 * import { DatabaseSync } from "node:sqlite";
 * import { MessageRegistry } from "sluice/messages";
 * import { migrateSqlite, SqliteInbox } from "sluice/stores/sqlite";
 *
 * const db = new DatabaseSync(":memory:");
 * migrateSqlite(db);
 * const inbox = new SqliteInbox(db, { registry: new MessageRegistry() });
 *
 * for (let delivery = 1; delivery <= 2; delivery++) {
 *   db.exec("begin immediate");
 *   if (inbox.accept("m-1", db, { consumer: "billing" })) console.log("billed"); // once
 *   db.exec("commit");
 * }
 * ```
 * ```console
 * billed
 * ```
 */
export class SqliteInbox<
  Tx = SqliteDatabase,
  Answer extends SqlResult | Promise<SqlResult> = SqlResult,
> extends SqlInbox<Tx, Answer> {
  constructor(database: SqliteDatabase, options: InboxOptions & SqliteTransactions<Tx, Answer>) {
    super(sqliteParts("SqliteInbox", database, options), options);
  }
}
