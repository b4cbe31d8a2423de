import type { SqlResult, SqlTransactions } from "../sql/sql-database.js";
import { onSameFile } from "./on-same-file.js";
import { outsideTransactions } from "./outside-transactions.js";
import { sqliteDialect } from "./sqlite-dialect.js";
import { connectionOf, type SqliteDatabase, transactionOn } from "./sqlite-drivers.js";
import { sqliteMigrations } from "./sqlite-migrations.js";

export interface SqliteTransactions<Tx, Answer extends SqlResult | Promise<SqlResult> = SqlResult> {
  /**
   * How a transaction of another library is written through. Where that is asynchronous, so is what the store does in it.
   * A library with a connection of its own must have it by the same package as the store: two copies of SQLite in one
   * process undo each other's locks, which is a `TransactionError` the first time that something is written.
   * @default the database itself, of better-sqlite3 or `node:sqlite`
   */
  readonly transactions?: SqlTransactions<Tx, Answer> | undefined;
}

/** What an outbox and an inbox on SQLite are made of. */
export function sqliteParts<Tx, Answer extends SqlResult | Promise<SqlResult>>(
  name: string,
  database: SqliteDatabase,
  { transactions }: SqliteTransactions<Tx, Answer>,
) {
  const connection = connectionOf(database);
  return {
    name,
    db: outsideTransactions(connection),
    checks: connection,
    dialect: sqliteDialect,
    version: sqliteMigrations.length,
    transactions: transactions
      ? onSameFile(transactions, connection)
      : (transactionOn as unknown as SqlTransactions<Tx, Answer>),
  };
}
