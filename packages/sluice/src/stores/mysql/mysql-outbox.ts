import type { OutboxOptions } from "../../outbox/rows-of-events.js";
import { type QueryTimeout, queryTimeoutOf } from "../sql/query-timeout.js";
import type { SqlResult, SqlTransactions } from "../sql/sql-database.js";
import { SqlOutbox } from "../sql/sql-outbox.js";
import { mysqlDialect } from "./mysql-dialect.js";
import { databaseOf, type MysqlConnection, type MysqlPool, transactionOn } from "./mysql-drivers.js";
import { mysqlMigrations } from "./mysql-migrations.js";

/**
 * An outbox in a MySQL or MariaDB database, through mysql2. The tables are made by `migrateMysql`.
 *
 * Any number of relays serve it, over 64 buckets of keys. One `add` is one statement.
 *
 * @throws {InvalidOptionError} an option is out of range, or the pool is none.
 *
 * @example
 * ```ts no-run
 * import { createPool } from "mysql2/promise";
 * import { NotificationEvent } from "sluice";
 * import { MessageRegistry } from "sluice/messages";
 * import { migrateMysql, MysqlOutbox } from "sluice/stores/mysql";
 *
 * class OrderPlaced extends NotificationEvent<{ orderId: string }> {
 *   constructor(orderId: string) {
 *     super({ eventName: "order.placed", topic: "orders", key: orderId, payload: { orderId } });
 *   }
 * }
 *
 * const pool = createPool("mysql://root@127.0.0.1/shop");
 * await migrateMysql(pool);
 * const outbox = new MysqlOutbox(pool, { registry: new MessageRegistry().register("order.placed", OrderPlaced) });
 *
 * const connection = await pool.getConnection();
 * await connection.beginTransaction();
 * await connection.query("insert into orders (id) values (?)", ["o-1"]);
 * await outbox.add(new OrderPlaced("o-1"), connection);
 * await connection.commit();
 * connection.release();
 * outbox.committed(); // a relay in this process looks at once
 * ```
 */
export class MysqlOutbox<Tx = MysqlConnection> extends SqlOutbox<Tx, Promise<SqlResult>> {
  constructor(pool: MysqlPool, options: OutboxOptions & MysqlTransactions<Tx>) {
    const transactions = options.transactions ?? (transactionOn as never);
    const db = databaseOf(pool, queryTimeoutOf("MysqlOutbox", options));
    const version = mysqlMigrations.length;
    super({ name: "MysqlOutbox", db, dialect: mysqlDialect, version, transactions }, options);
  }
}

export interface MysqlTransactions<Tx> extends QueryTimeout {
  /**
   * How a transaction of another library is written through.
   * @default a connection of `mysql2/promise`
   */
  readonly transactions?: SqlTransactions<Tx, Promise<SqlResult>> | undefined;
}
