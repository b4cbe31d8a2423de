import { mariadb, postgres } from "@sluice-internal/services";
import { createPool, type Pool as MysqlPool } from "mysql2/promise";
import pg from "pg";
import { MysqlInbox, MysqlOutbox, type MysqlTransactions, migrateMysql } from "sluice/stores/mysql";
import {
  migratePostgres,
  PostgresInbox,
  PostgresOutbox,
  type PostgresTransactions,
} from "sluice/stores/postgres";
import { createDatabase } from "../../servers/create-database.fixture.js";
import { registry } from "./joined.fixture.js";

const createOrders = "create table orders (id varchar(100) primary key)";

/** A database of PostgreSQL with the tables, and stores on it. */
export async function onPostgres<Tx>(transactions: PostgresTransactions<Tx>["transactions"]) {
  const url = await createDatabase(postgres);
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
  const url = await createDatabase(mariadb);
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
