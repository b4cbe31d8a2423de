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
    if (isKnown) return executor;
    return {
      exec(statement) {
        const answer = executor.exec(statement) as SqlResult | Promise<SqlResult>;
        if (/^select\b/.test(statement.sql)) return answer as Answer;
        return andThen(answer, (result) => {
          if (!isKnown) requireLocked(connection);
          isKnown = true;
          return result;
        }) as Answer;
      },
    };
  };
}

function requireLocked(connection: SqliteConnection): void {
  const run = (sql: string) => connection.exec({ sql, params: [] });
  const timeout = Number(run("pragma busy_timeout").rows[0]?.timeout ?? 0);
  run("pragma busy_timeout = 0");
  try {
    run("begin immediate");
  } catch {
    return; // somebody holds it, perhaps this very connection
  } finally {
    run(`pragma busy_timeout = ${timeout}`);
  }
  run("rollback");
  throw new TransactionError(
    "The transaction has written, and yet holds no lock that the store's connection sees: it is in another file, or " +
      "behind another copy of SQLite, and two copies in one process undo each other's locks. Open the store's connection " +
      "by the very package that your library uses (npm ls better-sqlite3 shows one of it), to the same file. Roll back.",
  );
}
