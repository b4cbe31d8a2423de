import { type QueryExecutorProvider, sql as template } from "kysely";
import type { SqlExecutor, SqlResult } from "../../stores/sql/sql-database.js";
import { templateOf } from "../template-of.js";
import { noTransactionOf, saysOver, transactionOver } from "../transaction-problems.js";

/** What is called of a `Transaction` of Kysely, with whatever tables. */
export interface KyselyTransaction {
  readonly isTransaction: true;
  withoutPlugins(): QueryExecutorProvider;
}

const expected = "what db.transaction().execute() or db.startTransaction().execute() of Kysely gives";

/**
 * Lets a store write in a transaction of Kysely, on each of its engines; give it as the option `transactions`. Plugins
 * are passed by.
 *
 * @throws {TransactionError} what is given is no transaction, or it is over.
 *
 * @example
 * ```ts no-run
 * import { Kysely, PostgresDialect } from "kysely";
 * import pg from "pg";
 * import { MessageRegistry } from "sluice/messages";
 * import { PostgresInbox } from "sluice/stores/postgres";
 * import { kyselyTransactions } from "sluice/transactions/kysely";
 *
 * const pool = new pg.Pool();
 * const db = new Kysely<{ invoices: { order_id: string } }>({ dialect: new PostgresDialect({ pool }) });
 * const inbox = new PostgresInbox(pool, { registry: new MessageRegistry(), transactions: kyselyTransactions });
 *
 * await db.transaction().execute(async (trx) => {
 *   if (await inbox.accept("m-1", trx, { consumer: "billing" })) {
 *     await trx.insertInto("invoices").values({ order_id: "o-1" }).execute();
 *   }
 * });
 * ```
 */
export function kyselyTransactions(tx: KyselyTransaction): SqlExecutor<Promise<SqlResult>> {
  if (tx?.isTransaction !== true) throw noTransactionOf(tx, expected);
  return {
    async exec({ sql, params }) {
      try {
        const query = template<Record<string, unknown>>(templateOf(sql), ...params);
        const { rows, numAffectedRows } = await query.execute(tx.withoutPlugins());
        return { rows, changed: Number(numAffectedRows ?? 0) };
      } catch (cause) {
        if (saysOver(cause)) throw transactionOver(expected, { cause });
        throw cause;
      }
    },
  };
}
