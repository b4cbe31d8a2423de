import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import BetterSqlite from "better-sqlite3";
import { migrateSqlite, SqliteInbox, SqliteOutbox, type SqliteTransactions } from "sluice/stores/sqlite";
import { registry } from "./joined.fixture.js";

type Answer = ReturnType<ReturnType<NonNullable<SqliteTransactions<never>["transactions"]>>["exec"]>;

const drivers = {
  "better-sqlite3": (path: string) => new BetterSqlite(path, { timeout: 0 }),
  "node:sqlite": (path: string) => new DatabaseSync(path),
};

/**
 * A file with the tables, and stores on a connection of their own to it, by the driver of the library: two copies of
 * SQLite in one process undo each other's locks.
 */
export async function onSqlite<Tx>(
  transactions: SqliteTransactions<Tx, Promise<Answer>>["transactions"],
  driver: "better-sqlite3" | "node:sqlite" = "better-sqlite3",
) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-orms-"));
  const path = join(folder, "shop.db");
  const database = drivers[driver](path);
  database.exec("pragma journal_mode = wal; create table orders (id varchar(100) primary key)");
  migrateSqlite(database);
  const options = { registry, transactions };
  return {
    path,
    outbox: new SqliteOutbox<Tx, Promise<Answer>>(database, options),
    inbox: new SqliteInbox<Tx, Promise<Answer>>(database, options),
    orders: async () =>
      database
        .prepare("select id from orders")
        .all()
        .map((row) => (row as { id: string }).id),
    close() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
