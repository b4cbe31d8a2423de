import { MessageRegistry } from "../../messages/message-registry.js";
import { migratePostgres, postgresMigrationScript } from "../../stores/postgres/migrate-postgres.js";
import type { PgPool, PostgresJsSql } from "../../stores/postgres/postgres-drivers.js";
import { PostgresInbox } from "../../stores/postgres/postgres-inbox.js";
import { PostgresOutbox } from "../../stores/postgres/postgres-outbox.js";
import type { Engine } from "./engine.js";
import { loadDriver } from "./load-driver.js";

interface Pool extends PgPool {
  on(event: "error", listener: () => void): unknown;
  end(): Promise<unknown>;
}

/** A module of pg, or of postgres.js, which is a function. */
type Driver =
  | { readonly Pool: new (options: object) => Pool }
  | ((url: string, options: object) => PostgresJsSql & { end(): Promise<unknown> });

export const postgresEngine: Engine = {
  migrationScript: postgresMigrationScript,

  async open(url) {
    const { default: driver } = await loadDriver<{ default: Driver }>(["pg", "postgres"], "PostgreSQL");
    const pool = "Pool" in driver ? poolOfPg(driver.Pool, url) : driver(url, { max: 2, onnotice() {} });
    const registry = new MessageRegistry();
    return {
      outbox: new PostgresOutbox(pool, { registry }).queue,
      inbox: new PostgresInbox(pool, { registry }).queue,
      migrate: () => migratePostgres(pool),
      close: () => pool.end(),
    };
  },
};

function poolOfPg(Pool: new (options: object) => Pool, url: string): Pool {
  const pool = new Pool({ connectionString: url, max: 2 });
  pool.on("error", () => {}); // a connection that breaks while idle: the next statement tells of it
  return pool;
}
