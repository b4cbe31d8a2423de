import { mariadb, postgres } from "@sluice-internal/services";
import knex, { type Knex } from "knex";
import { knexTransactions } from "sluice/transactions/knex";
import { vi } from "vitest";
import { joinsTransactions } from "./joined.fixture.js";
import { onMariadb, onPostgres } from "./servers.fixture.js";
import { onSqlite } from "./sqlite.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

type Tx = Knex.Transaction;

function workOf(config: Knex.Config) {
  const db = knex(config);
  return {
    db,
    transaction: (work: (tx: Tx) => Promise<void>) => db.transaction(work),
    nested: (tx: Tx, work: (tx: Tx) => Promise<void>) => tx.transaction(work),
    insertOrder: async (tx: Tx, id: string) => await tx("orders").insert({ id }),
    wrong: { db, pool: db.client.pool },
  };
}

joinsTransactions(
  "Knex on PostgreSQL",
  async () => {
    const { pool, url, ...stores } = await onPostgres<Tx>(knexTransactions);
    const work = workOf({ client: "pg", connection: url });
    return { ...stores, ...work, close: () => Promise.all([work.db.destroy(), pool.end()]) };
  },
  { needs: postgres },
);

joinsTransactions(
  "Knex on MariaDB",
  async () => {
    const { pool, url, ...stores } = await onMariadb<Tx>(knexTransactions);
    const work = workOf({ client: "mysql2", connection: url });
    return { ...stores, ...work, close: () => Promise.all([work.db.destroy(), pool.end()]) };
  },
  { needs: mariadb },
);

joinsTransactions("Knex on SQLite", async () => {
  const { path, close, ...stores } = await onSqlite<Tx>(knexTransactions);
  const work = workOf({
    client: "better-sqlite3",
    connection: { filename: path },
    useNullAsDefault: true,
  });
  // sqlite3 itself cannot be installed without a download of its own.
  const sqlite3 = { isCompleted: () => false, raw: () => {}, client: { driverName: "sqlite3" } };
  return {
    ...stores,
    ...work,
    wrong: { ...work.wrong, sqlite3 },
    close: () => work.db.destroy().then(close),
  };
});
