import { mariadb, postgres } from "@sluice-internal/services";
import { typeormTransactions } from "sluice/transactions/typeorm";
import { DataSource, type DataSourceOptions, type EntityManager, EntitySchema } from "typeorm";
import { vi } from "vitest";
import { joinsTransactions } from "./joined.fixture.js";
import { onMariadb, onPostgres } from "./servers.fixture.js";
import { onSqlite } from "./sqlite.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const Order = new EntitySchema<{ id: string }>({
  name: "orders",
  columns: { id: { type: "varchar", primary: true } },
});

async function workOf(options: DataSourceOptions) {
  const db = await new DataSource({ ...options, entities: [Order] }).initialize();
  return {
    db,
    transaction: (work: (tx: EntityManager) => Promise<void>) => db.transaction(work),
    nested: (tx: EntityManager, work: (tx: EntityManager) => Promise<void>) => tx.transaction(work),
    insertOrder: (tx: EntityManager, id: string) => tx.insert(Order, { id }),
    wrong: { db, manager: db.manager, "a query runner without a transaction": db.createQueryRunner() },
  };
}

joinsTransactions(
  "TypeORM on PostgreSQL",
  async () => {
    const { pool, url, ...stores } = await onPostgres<EntityManager>(typeormTransactions);
    const work = await workOf({ type: "postgres", url });
    return { ...stores, ...work, close: () => Promise.all([work.db.destroy(), pool.end()]) };
  },
  { needs: postgres },
);

joinsTransactions(
  "TypeORM on MariaDB",
  async () => {
    const { pool, url, ...stores } = await onMariadb<EntityManager>(typeormTransactions);
    const work = await workOf({ type: "mariadb", url });
    return { ...stores, ...work, close: () => Promise.all([work.db.destroy(), pool.end()]) };
  },
  { needs: mariadb },
);

joinsTransactions("TypeORM on SQLite", async () => {
  const { path, close, ...stores } = await onSqlite<EntityManager>(typeormTransactions);
  const work = await workOf({ type: "better-sqlite3", database: path });
  return { ...stores, ...work, close: () => work.db.destroy().then(close) };
});
