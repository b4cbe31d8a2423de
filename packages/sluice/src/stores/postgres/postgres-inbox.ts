import type { InboxOptions } from "../../inbox/rows-of-entries.js";
import { queryTimeoutOf } from "../sql/query-timeout.js";
import type { SqlResult } from "../sql/sql-database.js";
import { SqlInbox } from "../sql/sql-inbox.js";
import { postgresDialect } from "./postgres-dialect.js";
import {
  databaseOf,
  type PostgresPool,
  type PostgresTransaction,
  transactionOn,
} from "./postgres-drivers.js";
import { postgresMigrations } from "./postgres-migrations.js";
import type { PostgresTransactions } from "./postgres-outbox.js";

/**
 * An inbox in a PostgreSQL database, through pg or postgres.js. The tables are made by `migratePostgres`.
 *
 * @throws {InvalidOptionError} an option is out of range, or the pool is none.
 *
 * @example
 * ```ts no-run
 * import pg from "pg";
 * import { MessageRegistry } from "sluice/messages";
 * import { PostgresInbox } from "sluice/stores/postgres";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://127.0.0.1/billing" });
 * const inbox = new PostgresInbox(pool, { registry: new MessageRegistry() });
 *
 * const client = await pool.connect();
 * await client.query("begin");
 * if (await inbox.accept("m-1", client, { consumer: "billing" })) {
 *   await client.query("insert into invoices (order_id) values ($1)", ["o-1"]);
 * }
 * await client.query("commit");
 * client.release();
 * ```
 */
export class PostgresInbox<Tx = PostgresTransaction> extends SqlInbox<Tx, Promise<SqlResult>> {
  constructor(pool: PostgresPool, options: InboxOptions & PostgresTransactions<Tx>) {
    const transactions = options.transactions ?? (transactionOn as never);
    const db = databaseOf(pool, queryTimeoutOf("PostgresInbox", options));
    const version = postgresMigrations.length;
    super({ name: "PostgresInbox", db, dialect: postgresDialect, version, transactions }, options);
  }
}
