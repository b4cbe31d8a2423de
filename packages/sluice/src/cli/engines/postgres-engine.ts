import { MessageRegistry } from "../../messages/message-registry.js";
import { migratePostgres, postgresMigrationScript } from "../../stores/postgres/migrate-postgres.js";
import type { PostgresJsSql, PostgresPool } from "../../stores/postgres/postgres-drivers.js";
import { PostgresInbox } from "../../stores/postgres/postgres-inbox.js";
import { PostgresOutbox } from "../../stores/postgres/postgres-outbox.js";
import type { Engine } from "./engine.js";
import { loadDriver } from "./load-driver.js";

/** A module of pg, or of postgres.js, which is a function. */
type Driver =
  | { readonly Pool: new (options: object) => PostgresPool & { end(): Promise<unknown> } }
  | ((url: string, options: object) => PostgresJsSql & { end(): Promise<unknown> });

export const postgresEngine: Engine = {
  migrationScript: postgresMigrationScript,

  async open(url) {
    const { default: driver } = await loadDriver<{ default: Driver }>(["pg", "postgres"], "PostgreSQL");
    const pool =
      "Pool" in driver
        ? new driver.Pool({ connectionString: url, max: 2 })
        : driver(url, { max: 2, onnotice() {} });
    const registry = new MessageRegistry();
    return {
      outbox: new PostgresOutbox(pool, { registry }).queue,
      inbox: new PostgresInbox(pool, { registry }).queue,
      migrate: () => migratePostgres(pool),
      close: () => pool.end(),
    };
  },
};
