export type { MigrationScriptOptions } from "../sql/migration-script.js";
export { type Migration, MigrationError } from "../sql/migrations.js";
export { migratePostgres, postgresMigrationScript } from "./migrate-postgres.js";
export type {
  PgClient,
  PgPool,
  PgPoolClient,
  PostgresJsSql,
  PostgresJsTransaction,
  PostgresPool,
  PostgresTransaction,
} from "./postgres-drivers.js";
export { PostgresInbox } from "./postgres-inbox.js";
export { PostgresOutbox, type PostgresOutboxOptions, type PostgresTransactions } from "./postgres-outbox.js";
