import { TransactionError } from "../../queue/queue-errors.js";
import type { SqlExecutor, SqlResult } from "../../stores/sql/sql-database.js";
import { resultOf } from "../result-of.js";
import { noTransactionOf, transactionOver } from "../transaction-problems.js";
import { drizzleQuery } from "./drizzle-query.js";

/** What is called of a transaction of Drizzle on PostgreSQL, MySQL or MariaDB. */
export interface DrizzleTransaction {
  execute(query: never): PromiseLike<unknown>;
  rollback(): never;
}

/** What the types of Drizzle leave out; only pg tells. */
interface WithClient {
  readonly session?: { readonly client?: { getTransactionStatus?(): string | null } };
}

const expected = "what db.transaction() of Drizzle gives";

/**
 * Lets a store write in a transaction of Drizzle on PostgreSQL (pg, postgres.js), MySQL or MariaDB (mysql2); give it as
 * the option `transactions`.
 *
 * @throws {TransactionError} what is given is no transaction, or it is over, which only pg and MariaDB tell.
 *
 * @example
 * ```ts no-run
 * import { drizzle } from "drizzle-orm/node-postgres";
 * import { pgTable, text } from "drizzle-orm/pg-core";
 * import pg from "pg";
 * import { MessageRegistry } from "sluice/messages";
 * import { PostgresInbox } from "sluice/stores/postgres";
 * import { drizzleTransactions } from "sluice/transactions/drizzle";
 *
 * const invoices = pgTable("invoices", { orderId: text("order_id").notNull() });
 * const pool = new pg.Pool();
 * const db = drizzle(pool);
 * const inbox = new PostgresInbox(pool, { registry: new MessageRegistry(), transactions: drizzleTransactions });
 *
 * await db.transaction(async (tx) => {
 *   if (await inbox.accept("m-1", tx, { consumer: "billing" })) await tx.insert(invoices).values({ orderId: "o-1" });
 * });
 * ```
 */
export function drizzleTransactions(tx: DrizzleTransaction): SqlExecutor<Promise<SqlResult>> {
  if (typeof tx?.rollback !== "function" || typeof tx.execute !== "function")
    throw noTransactionOf(tx, expected);
  const status = (tx as WithClient).session?.client?.getTransactionStatus?.();
  if (status === "I") throw transactionOver(expected);
  if (status === "E")
    throw new TransactionError("A statement of the transaction has failed before. Roll it back.");
  return {
    async exec(statement) {
      return resultOf(await tx.execute(drizzleQuery(statement) as never));
    },
  };
}
