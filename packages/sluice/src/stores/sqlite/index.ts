export type { MigrationScriptOptions } from "../sql/migration-script.js";
export { type Migration, MigrationError } from "../sql/migrations.js";
export { migrateSqlite, sqliteMigrationScript } from "./migrate-sqlite.js";
export type { BetterSqliteDatabase, NodeSqliteDatabase, SqliteDatabase } from "./sqlite-drivers.js";
export { SqliteInbox } from "./sqlite-inbox.js";
export { SqliteOutbox } from "./sqlite-outbox.js";
export type { SqliteTransactions } from "./sqlite-parts.js";
