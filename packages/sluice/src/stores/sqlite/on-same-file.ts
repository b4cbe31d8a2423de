import { andThen } from "../../queue/maybe-promise.js";
import { TransactionError } from "../../queue/queue-errors.js";
import type { SqlResult, SqlTransactions } from "../sql/sql-database.js";
import type { SqliteConnection } from "./sqlite-drivers.js";

/**
 * Transactions of a library that has a connection of its own to the store's file. The first that has written must hold
 * the file's lock, as the store's connection sees it; else its rows would never reach the relay, or two copies of SQLite
 * in one process would undo each other's locks, and lose what was committed (https://sqlite.org/howtocorrupt.html).
 */
export function onSameFile<Tx, Answer extends SqlResult | Promise<SqlResult>>(
  transactions: SqlTransactions<Tx, Answer>,
  connection: SqliteConnection,
): SqlTransactions<Tx, Answer> {
  let isKnown = false;
  return (tx) => {
    const executor = transactions(tx);
    const look = (result: SqlResult): SqlResult => {
      if (result.changed > 0) isKnown ||= requireLocked(connection);
      return result;
    };
    return isKnown ? executor : { exec: (statement) => andThen(executor.exec(statement), look) as Answer };
  };
}

function requireLocked(connection: SqliteConnection): true {
  const run = (sql: string) => connection.exec({ sql, params: [] }).rows[0];
  const waits = run("pragma busy_timeout");
  run("pragma busy_timeout = 0");
  try {
    run("begin immediate");
    run("rollback");
  } catch {
    return true; // somebody holds it, perhaps this very connection
  } finally {
    run(`pragma busy_timeout = ${waits?.timeout}`);
  }
  throw new TransactionError(
    "What was written holds no lock on the store's file: it is in another one, or behind another copy of SQLite. Open both by the same package, and roll back.",
  );
}
