import { mariadb, postgres } from "@sluice-internal/services";
import Database from "better-sqlite3";
import { type Dialect, Kysely, MysqlDialect, PostgresDialect, SqliteDialect, type Transaction } from "kysely";
import { createPool } from "mysql2";
import { kyselyTransactions } from "sluice/transactions/kysely";
import { vi } from "vitest";
import { joinsTransactions } from "./joined.fixture.js";
import { onMariadb, onPostgres } from "./servers.fixture.js";
import { onSqlite } from "./sqlite.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

interface Shop {
  orders: { id: string };
}

type Tx = Transaction<Shop>;

function workOf(dialect: Dialect) {
  const db = new Kysely<Shop>({ dialect });
  return {
    db,
    transaction: (work: (tx: Tx) => Promise<void>) => db.transaction().execute(work),
    async nested(tx: Tx, work: (tx: Tx) => Promise<void>) {
      // Savepoints are those of a controlled transaction, which callbacks do not get; plain SQL is what they use there.
      const { sql } = await import("kysely");
      await sql`savepoint inner_one`.execute(tx);
      try {
        await work(tx);
      } catch (error) {
        await sql`rollback to savepoint inner_one`.execute(tx);
        throw error;
      }
    },
    insertOrder: (tx: Tx, id: string) => tx.insertInto("orders").values({ id }).execute(),
    wrong: { db },
  };
}

joinsTransactions(
  "Kysely on PostgreSQL",
  async () => {
    const { pool, ...stores } = await onPostgres<Tx>(kyselyTransactions);
    const work = workOf(new PostgresDialect({ pool }));
    return { ...stores, ...work, wrong: { ...work.wrong, pool }, close: () => pool.end() };
  },
  { needs: postgres },
);

joinsTransactions(
  "Kysely on MariaDB",
  async () => {
    const { pool, url, ...stores } = await onMariadb<Tx>(kyselyTransactions);
    const work = workOf(new MysqlDialect({ pool: createPool(url) }));
    const close = () => Promise.all([work.db.destroy(), pool.end()]);
    return { ...stores, ...work, wrong: { ...work.wrong, pool }, close };
  },
  { needs: mariadb },
);

joinsTransactions("Kysely on SQLite", async () => {
  const { path, close, ...stores } = await onSqlite<Tx>(kyselyTransactions);
  const work = workOf(new SqliteDialect({ database: new Database(path) }));
  return { ...stores, ...work, close: () => work.db.destroy().then(close) };
});
