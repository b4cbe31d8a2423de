import type { InboxOptions } from "../../inbox/rows-of-entries.js";
import { queryTimeoutOf } from "../sql/query-timeout.js";
import type { SqlResult } from "../sql/sql-database.js";
import { SqlInbox } from "../sql/sql-inbox.js";
import { mysqlDialect } from "./mysql-dialect.js";
import { databaseOf, type MysqlConnection, type MysqlPool, transactionOn } from "./mysql-drivers.js";
import { mysqlMigrations } from "./mysql-migrations.js";
import type { MysqlTransactions } from "./mysql-outbox.js";

/**
 * An inbox in a MySQL or MariaDB database, through mysql2. The tables are made by `migrateMysql`.
 *
 * @throws {InvalidOptionError} an option is out of range, or the pool is none.
 *
 * @example
 * ```ts no-run
 * import { createPool } from "mysql2/promise";
 * import { MessageRegistry } from "sluice/messages";
 * import { MysqlInbox } from "sluice/stores/mysql";
 *
 * const pool = createPool("mysql://root@127.0.0.1/billing");
 * const inbox = new MysqlInbox(pool, { registry: new MessageRegistry() });
 *
 * const connection = await pool.getConnection();
 * await connection.beginTransaction();
 * if (await inbox.accept("m-1", connection, { consumer: "billing" })) {
 *   await connection.query("insert into invoices (order_id) values (?)", ["o-1"]);
 * }
 * await connection.commit();
 * connection.release();
 * ```
 */
export class MysqlInbox<Tx = MysqlConnection> extends SqlInbox<Tx, Promise<SqlResult>> {
  constructor(pool: MysqlPool, options: InboxOptions & MysqlTransactions<Tx>) {
    const transactions = options.transactions ?? (transactionOn as never);
    const db = databaseOf(pool, queryTimeoutOf("MysqlInbox", options));
    const version = mysqlMigrations.length;
    super({ name: "MysqlInbox", db, dialect: mysqlDialect, version, transactions }, options);
  }
}
