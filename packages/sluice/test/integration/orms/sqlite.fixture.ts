import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { migrateSqlite, SqliteInbox, SqliteOutbox, type SqliteTransactions } from "sluice/stores/sqlite";
import { registry } from "./joined.fixture.js";

type Answer = ReturnType<ReturnType<NonNullable<SqliteTransactions<never>["transactions"]>>["exec"]>;

/** A file with the tables, and stores on a connection of their own to it. */
export async function onSqlite<Tx>(transactions: SqliteTransactions<Tx, Promise<Answer>>["transactions"]) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-orms-"));
  const path = join(folder, "shop.db");
  const database = new DatabaseSync(path);
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
        .map(({ id }) => id as string),
    close() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
