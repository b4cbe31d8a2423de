import type { OutboxOptions } from "../../outbox/rows-of-events.js";
import { type QueryTimeout, queryTimeoutOf } from "../sql/query-timeout.js";
import type { SqlResult, SqlTransactions } from "../sql/sql-database.js";
import { SqlOutbox } from "../sql/sql-outbox.js";
import { listenTo } from "./listen.js";
import { locksOfKeys } from "./locks-of-keys.js";
import { channel, notifyingDialect } from "./notifying-dialect.js";
import { postgresDialect } from "./postgres-dialect.js";
import {
  databaseOf,
  type PostgresPool,
  type PostgresTransaction,
  transactionOn,
} from "./postgres-drivers.js";
import { postgresMigrations } from "./postgres-migrations.js";

/**
 * An outbox in a PostgreSQL database, through pg or postgres.js. The tables are made by `migratePostgres`.
 *
 * Any number of relays serve it, over 64 buckets of keys. One `add` is one statement.
 *
 * @throws {InvalidOptionError} an option is out of range, or the pool is none.
 *
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { NotificationEvent } from "sluice";
 * import { MessageRegistry } from "sluice/messages";
 * import { migratePostgres, PostgresOutbox } from "sluice/stores/postgres";
 *
 * class OrderPlaced extends NotificationEvent<{ orderId: string }> {
 *   constructor(orderId: string) {
 *     super({ eventName: "order.placed", topic: "orders", key: orderId, payload: { orderId } });
 *   }
 * }
 *
 * const pool = new pg.Pool({ connectionString: "postgres://127.0.0.1/shop" });
 * await migratePostgres(pool);
 * const outbox = new PostgresOutbox(pool, { registry: new MessageRegistry().register("order.placed", OrderPlaced) });
 *
 * const client = await pool.connect();
 * await client.query("begin");
 * await client.query("insert into orders (id) values ($1)", ["o-1"]);
 * await outbox.add(new OrderPlaced("o-1"), client);
 * await client.query("commit");
 * client.release();
 * outbox.committed(); // a relay in this process looks at once
 * ```
 */
export class PostgresOutbox<Tx = PostgresTransaction> extends SqlOutbox<Tx, Promise<SqlResult>> {
  constructor(pool: PostgresPool, options: OutboxOptions & PostgresOutboxOptions<Tx>) {
    const { notify = false, lockKeys = false } = options;
    const parts = {
      name: "PostgresOutbox",
      db: databaseOf(pool, queryTimeoutOf("PostgresOutbox", options)),
      dialect: notify ? notifyingDialect : postgresDialect,
      version: postgresMigrations.length,
      transactions: options.transactions ?? (transactionOn as never),
      ...(lockKeys && { before: locksOfKeys }),
      ...(notify && { listen: (onAdded: () => void) => listenTo(pool, channel, onAdded) }),
    };
    super(parts, options);
  }
}

export interface PostgresOutboxOptions<Tx> extends PostgresTransactions<Tx> {
  /**
   * Whether relays of other processes are woken by `NOTIFY` when a transaction commits, instead of within their `pollMs`.
   * A relay then keeps one connection of the pool to itself. The commits of all that notify wait for each other, which
   * slows transactions that run beside each other.
   * @default false
   */
  readonly notify?: boolean | undefined;
  /**
   * Whether `add` waits for other transactions that have added under one of its keys, so that events of a key go out in the
   * order of their commits also where nothing else makes its writers wait for each other (rule O2). It costs a round trip.
   * @default false
   */
  readonly lockKeys?: boolean | undefined;
}

export interface PostgresTransactions<Tx> extends QueryTimeout {
  /**
   * How a transaction of another library is written through.
   * @default a client of pg, or what `sql.begin` of postgres.js gives
   */
  readonly transactions?: SqlTransactions<Tx, Promise<SqlResult>> | undefined;
}
