import { TransactionError } from "../../queue/queue-errors.js";
import type { SqlExecutor, SqlResult } from "../../stores/sql/sql-database.js";
import { resultOf } from "../result-of.js";
import { noTransactionOf, transactionOver } from "../transaction-problems.js";

/** What is called of a `Knex.Transaction`. */
export interface KnexTransaction {
  isCompleted(): boolean;
  raw(sql: string, bindings: never): PromiseLike<unknown>;
  readonly client: { readonly driverName?: string };
}

const expected = "what knex.transaction() of Knex gives";

/**
 * Lets a store write in a transaction of Knex, on each of its engines; give it as the option `transactions`. On SQLite
 * its client must be `better-sqlite3`.
 *
 * @throws {TransactionError} what is given is no transaction, or it is over, or its client is `sqlite3`.
 *
 * @example
 * ```ts no-run
 * import knex from "knex";
 * import pg from "pg";
 * import { MessageRegistry } from "sluice/messages";
 * import { PostgresInbox } from "sluice/stores/postgres";
 * import { knexTransactions } from "sluice/transactions/knex";
 *
 * const connection = "postgres://127.0.0.1/billing";
 * const db = knex({ client: "pg", connection });
 * const inbox = new PostgresInbox(new pg.Pool({ connectionString: connection }), {
 *   registry: new MessageRegistry(),
 *   transactions: knexTransactions,
 * });
 *
 * await db.transaction(async (trx) => {
 *   if (await inbox.accept("m-1", trx, { consumer: "billing" })) await trx("invoices").insert({ order_id: "o-1" });
 * });
 * ```
 */
export function knexTransactions(tx: KnexTransaction): SqlExecutor<Promise<SqlResult>> {
  if (typeof tx?.isCompleted !== "function" || typeof tx.raw !== "function")
    throw noTransactionOf(tx, expected);
  if (tx.isCompleted()) throw transactionOver(expected);
  if (tx.client?.driverName === "sqlite3") {
    const why = "whose driver does not say how many rows were written, and brings a copy of SQLite along";
    throw new TransactionError(
      `Got a transaction of Knex on sqlite3, ${why}; take the client better-sqlite3.`,
    );
  }
  return {
    async exec({ sql, params }) {
      return resultOf(await tx.raw(sql, params as never));
    },
  };
}
