// One of the processes of migrations.test.ts. It is told by lines where to connect, then to migrate.

import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { createPool } from "mysql2/promise";
import pg from "pg";
import { migrateMysql } from "sluice/stores/mysql";
import { migratePostgres } from "sluice/stores/postgres";
import { migrateSqlite } from "sluice/stores/sqlite";

/** Each connects and gives how to migrate. */
const engines = {
  async PostgreSQL(url) {
    const pool = new pg.Pool({ connectionString: url });
    await pool.query("select 1");
    return () => migratePostgres(pool);
  },
  async MariaDB(url) {
    const pool = createPool(url);
    await pool.query("select 1");
    return () => migrateMysql(pool);
  },
  async SQLite(path) {
    const database = new DatabaseSync(path, { timeout: 10_000 });
    return async () => migrateSqlite(database);
  },
};

let migrate;
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "migrate") {
    const steps = await migrate().then(
      (migrations) => migrations.map(({ version }) => version),
      (error) => [String(error)],
    );
    console.log(JSON.stringify(steps));
  } else {
    const { engine, url } = JSON.parse(line);
    migrate = await engines[engine](url);
    console.log("connected");
  }
}
process.exit();
