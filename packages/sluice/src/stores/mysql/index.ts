export type { MigrationScriptOptions } from "../sql/migration-script.js";
export { type Migration, MigrationError } from "../sql/migrations.js";
export { migrateMysql, mysqlMigrationScript } from "./migrate-mysql.js";
export type { MysqlConnection, MysqlPool } from "./mysql-drivers.js";
export { MysqlInbox } from "./mysql-inbox.js";
export { MysqlOutbox, type MysqlTransactions } from "./mysql-outbox.js";
export { QueryTimeoutError } from "./timed-connections.js";
