import { mariadb, postgres, type RunningServer, type Service } from "@sluice-internal/services";
import { createPool, type Pool as MysqlPool } from "mysql2/promise";
import pg from "pg";
import { MysqlInbox, MysqlOutbox, type MysqlTransactions, migrateMysql } from "sluice/stores/mysql";
import {
  migratePostgres,
  PostgresInbox,
  PostgresOutbox,
  type PostgresTransactions,
} from "sluice/stores/postgres";
import { afterAll, vi } from "vitest";
import { registry } from "./joined.fixture.js";

/** It is not among what npm brings. A run that counts must not go without. */
export const isWithoutMariadb = !mariadb.isInstalled() && !process.env.CI;

const createOrders = "create table orders (id varchar(100) primary key)";

/** A database of PostgreSQL with the tables, and stores on it; the server ends with the file. */
export async function onPostgres<Tx>(transactions: PostgresTransactions<Tx>["transactions"]) {
  const url = await databaseOf(postgres, { fsync: "off" });
  const pool = new pg.Pool({ connectionString: url });
  await migratePostgres(pool);
  await pool.query(createOrders);
  const options = { registry, transactions };
  return {
    ...{ url, pool },
    outbox: new PostgresOutbox<Tx>(pool, options),
    inbox: new PostgresInbox<Tx>(pool, options),
    orders: async () => (await pool.query("select id from orders")).rows.map(({ id }) => id as string),
  };
}

/** The same on MariaDB. */
export async function onMariadb<Tx>(transactions: MysqlTransactions<Tx>["transactions"]) {
  const url = await databaseOf(mariadb, { "innodb-flush-log-at-trx-commit": 0 });
  const pool: MysqlPool = createPool(url);
  await migrateMysql(pool);
  await pool.query(createOrders);
  const options = { registry, transactions };
  return {
    ...{ url, pool },
    outbox: new MysqlOutbox<Tx>(pool, options),
    inbox: new MysqlInbox<Tx>(pool, options),
    orders: async () => {
      const [rows] = await pool.query("select id from orders");
      return (rows as { id: string }[]).map(({ id }) => id);
    },
  };
}

const running = new Map<Service, Promise<RunningServer>>();

/** On the file's one server. Nothing is killed here, so commits need not wait for the disk. */
async function databaseOf(service: Service, settings: Record<string, string | number>): Promise<string> {
  const server = running.get(service) ?? service.start({ settings });
  running.set(service, server);
  return (await server).createDatabase();
}

afterAll(async () => {
  const server = await running.get(postgres);
  if (server) await hasNoClients(server.url);
  for (const server of running.values()) await (await server).stop();
});

/** Libraries close connections behind the promise that they are closed; one that the server ends first is an error. */
async function hasNoClients(url: string): Promise<void> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  const others = "from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()";
  await vi.waitUntil(async () => (await client.query(`select pid ${others}`)).rowCount === 0, {
    timeout: 10_000,
  });
  await client.end();
}
