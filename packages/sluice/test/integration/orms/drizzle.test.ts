import { mariadb, postgres } from "@sluice-internal/services";
import Database from "better-sqlite3";
import { drizzle as drizzleSqlite } from "drizzle-orm/better-sqlite3";
import { mysqlTable, varchar } from "drizzle-orm/mysql-core";
import { drizzle as drizzleMysql } from "drizzle-orm/mysql2";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import { pgTable, text } from "drizzle-orm/pg-core";
import { drizzle as drizzlePostgresJs } from "drizzle-orm/postgres-js";
import { sqliteTable, text as sqliteText } from "drizzle-orm/sqlite-core";
import { createPool } from "mysql2/promise";
import postgresJs from "postgres";
import { migrateSqlite, SqliteInbox, SqliteOutbox } from "sluice/stores/sqlite";
import { drizzleSqliteTransactions, drizzleTransactions } from "sluice/transactions/drizzle";
import { describe, expect, it, vi } from "vitest";
import { joinsTransactions, OrderPlaced, registry } from "./joined.fixture.js";
import { onMariadb, onPostgres } from "./servers.fixture.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const pgOrders = pgTable("orders", { id: text().primaryKey() });
const mysqlOrders = mysqlTable("orders", { id: varchar({ length: 100 }).primaryKey() });
const sqliteOrders = sqliteTable("orders", { id: sqliteText().primaryKey() });

type PgTx = Parameters<Parameters<ReturnType<typeof drizzlePg>["transaction"]>[0]>[0];
type PostgresJsTx = Parameters<Parameters<ReturnType<typeof drizzlePostgresJs>["transaction"]>[0]>[0];
type MysqlTx = Parameters<Parameters<ReturnType<typeof drizzleMysql>["transaction"]>[0]>[0];

joinsTransactions(
  "Drizzle on PostgreSQL by pg",
  async () => {
    const { pool, ...stores } = await onPostgres<PgTx>(drizzleTransactions);
    const db = drizzlePg({ client: pool });
    return {
      ...stores,
      transaction: (work: (tx: PgTx) => Promise<void>) => db.transaction(work),
      nested: (tx: PgTx, work: (tx: PgTx) => Promise<void>) => tx.transaction(work),
      insertOrder: async (tx: PgTx, id: string) => await tx.insert(pgOrders).values({ id }),
      wrong: { db, pool },
      close: () => pool.end(),
    };
  },
  { needs: postgres },
);

joinsTransactions(
  "Drizzle on PostgreSQL by postgres.js",
  async () => {
    const { pool, url, ...stores } = await onPostgres<PostgresJsTx>(drizzleTransactions);
    const client = postgresJs(url, { max: 2 });
    const db = drizzlePostgresJs({ client });
    return {
      ...stores,
      transaction: (work: (tx: PostgresJsTx) => Promise<void>) => db.transaction(work),
      nested: (tx: PostgresJsTx, work: (tx: PostgresJsTx) => Promise<void>) => tx.transaction(work),
      insertOrder: async (tx: PostgresJsTx, id: string) => await tx.insert(pgOrders).values({ id }),
      wrong: { db, client },
      close: () => Promise.all([client.end(), pool.end()]),
    };
  },
  { needs: postgres, knowsWhenOver: false },
);

joinsTransactions(
  "Drizzle on MariaDB by mysql2",
  async () => {
    const { pool, url, ...stores } = await onMariadb<MysqlTx>(drizzleTransactions);
    const own = createPool(url);
    const db = drizzleMysql({ client: own });
    return {
      ...stores,
      transaction: (work: (tx: MysqlTx) => Promise<void>) => db.transaction(work),
      nested: (tx: MysqlTx, work: (tx: MysqlTx) => Promise<void>) => tx.transaction(work),
      insertOrder: async (tx: MysqlTx, id: string) => await tx.insert(mysqlOrders).values({ id }),
      wrong: { db, pool },
      close: () => Promise.all([own.end(), pool.end()]),
    };
  },
  { needs: mariadb },
);

describe("Drizzle on SQLite by better-sqlite3, which is synchronous", () => {
  const create = async () => {
    const database = new Database(":memory:");
    database.exec("create table orders (id text primary key)");
    migrateSqlite(database);
    const db = drizzleSqlite({ client: database });
    const options = { registry, transactions: drizzleSqliteTransactions };
    const outbox = new SqliteOutbox(database, options);
    const inbox = new SqliteInbox(database, options);
    const found = async () => ({
      orders: db.select().from(sqliteOrders).all(),
      events: (await outbox.queue.desk.list({ state: "pending", limit: 10 })).map(({ key }) => key),
    });
    return { db, outbox, inbox, found };
  };

  it("commits and rolls back an event with its row, a savepoint's alone (O1)", async () => {
    const { db, outbox, found } = await create();
    db.transaction((tx) => {
      tx.insert(sqliteOrders).values({ id: "o-1" }).run();
      expect(outbox.add(new OrderPlaced("o-1"), tx)).toBeUndefined();
      const inner = () =>
        tx.transaction((savepoint) => {
          outbox.add(new OrderPlaced("inner"), savepoint);
          throw new Error("not this one");
        });
      expect(inner).toThrow("not this one");
    });
    const failing = () =>
      db.transaction((tx) => {
        tx.insert(sqliteOrders).values({ id: "o-2" }).run();
        outbox.add(new OrderPlaced("o-2"), tx);
        throw new Error("no stock");
      });
    expect(failing).toThrow("no stock");
    expect(await found()).toEqual({ orders: [{ id: "o-1" }], events: ["o-1"] });
  });

  it("accepts a message once (O7)", async () => {
    const { db, inbox } = await create();
    const accept = () => db.transaction((tx) => inbox.accept("m-1", tx, { consumer: "billing" }));
    expect([accept(), accept()]).toEqual([true, false]);
  });

  it("refuses a database, a transaction that is over, and what is neither; nothing is written", async () => {
    const { db, outbox, found } = await create();
    const over = db.transaction((tx) => tx);
    for (const given of [db, over, undefined, null, {}])
      expect(() => outbox.add(new OrderPlaced("o-1"), given as typeof over)).toThrow(
        expect.objectContaining({ code: "SLUICE_TRANSACTION" }),
      );
    expect(await found()).toMatchObject({ events: [] });
  });
});
