import type { OutboxOptions } from "../../outbox/rows-of-events.js";
import type { SqlResult, SqlTransactions } from "../sql/sql-database.js";
import { SqlOutbox } from "../sql/sql-outbox.js";
import { onSameFile } from "./on-same-file.js";
import { outsideTransactions } from "./outside-transactions.js";
import { sqliteDialect } from "./sqlite-dialect.js";
import { connectionOf, type SqliteDatabase, transactionOn } from "./sqlite-drivers.js";
import { sqliteMigrations } from "./sqlite-migrations.js";

/**
 * An outbox in a SQLite database, through better-sqlite3 or `node:sqlite`. Both are synchronous, and so is `add`: an
 * event that is refused throws at once, and rolls a `transaction()` back.
 *
 * The tables are made by `migrateSqlite`. One relay at a time serves it, also over several processes.
 *
 * @throws {InvalidOptionError} an option is out of range, or the database is none.
 *
 * @example
 * ```ts
 * import { DatabaseSync } from "node:sqlite";
 * import { NotificationEvent } from "sluice";
 * import { MessageRegistry } from "sluice/messages";
 * import { migrateSqlite, SqliteOutbox } from "sluice/stores/sqlite";
 *
 * class OrderPlaced extends NotificationEvent<{ orderId: string }> {
 *   constructor(orderId: string) {
 *     super({ eventName: "order.placed", topic: "orders", key: orderId, payload: { orderId } });
 *   }
 * }
 *
 * const db = new DatabaseSync(":memory:");
 * migrateSqlite(db);
 * const outbox = new SqliteOutbox(db, { registry: new MessageRegistry().register("order.placed", OrderPlaced) });
 *
 * db.exec("create table orders (id text)");
 * db.exec("begin immediate");
 * db.prepare("insert into orders values (?)").run("o-1");
 * outbox.add(new OrderPlaced("o-1"), db);
 * db.exec("commit");
 * outbox.committed(); // a relay in this process looks at once
 *
 * const [row] = await outbox.queue.desk.list({ state: "pending", limit: 1 });
 * console.log(row?.name, row?.topic, row?.key);
 * ```
 * ```console
 * order.placed orders o-1
 * ```
 */
export class SqliteOutbox<
  Tx = SqliteDatabase,
  Answer extends SqlResult | Promise<SqlResult> = SqlResult,
> extends SqlOutbox<Tx, Answer> {
  constructor(database: SqliteDatabase, options: OutboxOptions & SqliteTransactions<Tx, Answer>) {
    const connection = connectionOf(database);
    const transactions = options.transactions
      ? onSameFile(options.transactions, connection)
      : (transactionOn as unknown as SqlTransactions<Tx, Answer>);
    const parts = {
      name: "SqliteOutbox",
      db: outsideTransactions(connection),
      checks: connection,
      dialect: sqliteDialect,
      version: sqliteMigrations.length,
      transactions,
    };
    super(parts, options);
  }
}

export interface SqliteTransactions<Tx, Answer extends SqlResult | Promise<SqlResult> = SqlResult> {
  /**
   * How a transaction of another library is written through. Where that is asynchronous, so is what the store does in it.
   * A library with a connection of its own must have it by the same package as the store: two copies of SQLite in one
   * process undo each other's locks, which is a `TransactionError` the first time that something is written.
   * @default the database itself, of better-sqlite3 or `node:sqlite`
   */
  readonly transactions?: SqlTransactions<Tx, Answer> | undefined;
}
