import { EntitySchema } from "@mikro-orm/core";
import { MikroORM as OnPostgres } from "@mikro-orm/postgresql";
import { MikroORM, NodeSqliteDialect, SqliteDriver } from "@mikro-orm/sql";
import { postgres } from "@sluice-internal/services";
import Database from "better-sqlite3";
import { SqliteDialect } from "kysely";
import { mikroOrmTransactions } from "sluice/transactions/mikro-orm";
import { vi } from "vitest";
import { joinsTransactions } from "./joined.fixture.js";
import { onPostgres } from "./servers.fixture.js";
import { onSqlite } from "./sqlite.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const Order = new EntitySchema<{ id: string }>({
  name: "orders",
  properties: { id: { type: "string", primary: true } },
});

type Tx = MikroORM["em"];

function workOf(orm: { readonly em: Pick<Tx, "fork"> }) {
  return {
    transaction: (work: (tx: Tx) => Promise<void>) => orm.em.fork().transactional(work),
    nested: (tx: Tx, work: (tx: Tx) => Promise<void>) => tx.transactional(work),
    insertOrder: (tx: Tx, id: string) => tx.insert(Order, { id }),
    wrong: { em: orm.em, orm, "a fork": orm.em.fork() },
  };
}

joinsTransactions(
  "MikroORM on PostgreSQL",
  async () => {
    const { pool, url, ...stores } = await onPostgres<Tx>(mikroOrmTransactions);
    const orm = await OnPostgres.init({ clientUrl: url, entities: [Order] });
    return { ...stores, ...workOf(orm), close: () => Promise.all([orm.close(), pool.end()]) };
  },
  { needs: postgres },
);

const dialects = {
  "node:sqlite": (path: string) => new NodeSqliteDialect(path),
  "better-sqlite3": (path: string) => new SqliteDialect({ database: new Database(path) }),
};

for (const driver of ["node:sqlite", "better-sqlite3"] as const)
  joinsTransactions(`MikroORM on SQLite by ${driver}`, async () => {
    const { path, close, ...stores } = await onSqlite<Tx>(mikroOrmTransactions, driver);
    const orm = await MikroORM.init({
      driver: SqliteDriver,
      dbName: path,
      driverOptions: dialects[driver](path),
      entities: [Order],
    });
    return { ...stores, ...workOf(orm), close: () => orm.close().then(close) };
  });
