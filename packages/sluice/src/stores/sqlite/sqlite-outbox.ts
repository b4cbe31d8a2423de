import type { OutboxOptions } from "../../outbox/rows-of-events.js";
import type { SqlResult } from "../sql/sql-database.js";
import { SqlOutbox } from "../sql/sql-outbox.js";
import type { SqliteDatabase } from "./sqlite-drivers.js";
import { type SqliteTransactions, sqliteParts } from "./sqlite-parts.js";

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
    super(sqliteParts("SqliteOutbox", database, options), options);
  }
}
