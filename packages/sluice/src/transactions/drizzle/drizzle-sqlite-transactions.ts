import type { SqlExecutor, SqlResult } from "../../stores/sql/sql-database.js";
import { noTransactionOf, transactionOver } from "../transaction-problems.js";
import { drizzleQuery } from "./drizzle-query.js";

/** What is called of a transaction of Drizzle on better-sqlite3, which is synchronous. */
export interface DrizzleSqliteTransaction {
  run(query: never): { readonly changes: number };
  all(query: never): unknown[];
  rollback(): never;
}

interface WithClient {
  readonly session?: { readonly client?: { readonly inTransaction?: boolean } };
}

const expected = "what db.transaction() of Drizzle gives on better-sqlite3";

/**
 * Lets a store write in a transaction of Drizzle on better-sqlite3; give it as the option `transactions`. Both are
 * synchronous, and so is what the store does in it.
 *
 * @throws {TransactionError} what is given is no transaction, or it is over.
 *
 * @example
 * ```ts
 * import Database from "better-sqlite3";
 * import { drizzle } from "drizzle-orm/better-sqlite3";
 * import { sqliteTable, text } from "drizzle-orm/sqlite-core";
 * import { MessageRegistry } from "sluice/messages";
 * import { migrateSqlite, SqliteInbox } from "sluice/stores/sqlite";
 * import { drizzleSqliteTransactions } from "sluice/transactions/drizzle";
 *
 * const invoices = sqliteTable("invoices", { orderId: text("order_id").notNull() });
 * const database = new Database(":memory:");
 * database.exec("create table invoices (order_id text)");
 * migrateSqlite(database);
 * const db = drizzle({ client: database });
 * const inbox = new SqliteInbox(database, {
 *   registry: new MessageRegistry(),
 *   transactions: drizzleSqliteTransactions,
 * });
 *
 * db.transaction((tx) => {
 *   if (inbox.accept("m-1", tx, { consumer: "billing" })) tx.insert(invoices).values({ orderId: "o-1" }).run();
 * });
 * console.log(db.select().from(invoices).all());
 * ```
 * ```console
 * [ { orderId: 'o-1' } ]
 * ```
 */
export function drizzleSqliteTransactions(tx: DrizzleSqliteTransaction): SqlExecutor<SqlResult> {
  if (typeof tx?.rollback !== "function" || typeof tx.run !== "function" || typeof tx.all !== "function")
    throw noTransactionOf(tx, expected);
  if ((tx as WithClient).session?.client?.inTransaction === false) throw transactionOver(expected);
  return {
    exec(statement) {
      const query = drizzleQuery(statement) as never;
      if (/^select |\breturning\b/.test(statement.sql))
        return { rows: tx.all(query) as SqlResult["rows"], changed: 0 };
      return { rows: [], changed: tx.run(query).changes };
    },
  };
}
