import { TransactionError } from "../../queue/queue-errors.js";
import type { SqlDatabase } from "../sql/sql-database.js";
import type { SqliteConnection } from "./sqlite-drivers.js";

const patienceMs = 5_000;
const lookEveryMs = 2;

/**
 * A connection as a queue uses it: only while no transaction is open there. What a queue read in one might never be
 * committed, and what it marked might be rolled back.
 */
export function outsideTransactions(connection: SqliteConnection): SqlDatabase {
  const whenOver = async <T>(work: () => T): Promise<T> => {
    const until = performance.now() + patienceMs;
    while (connection.isInTransaction) {
      if (performance.now() > until) throw stillOpen();
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    return work(); // in the same turn as the look: nobody can begin in between
  };
  const outside = <T>(work: () => T): T | Promise<T> =>
    connection.isInTransaction ? whenOver(work) : work();
  return {
    exec: (statement) => outside(() => connection.exec(statement)),
    read: (statement) => outside(() => connection.read(statement)),
    both: (first, second) => outside(() => connection.both(first, second)),
    session: (use) => outside(() => connection.session(use)) as ReturnType<typeof use>,
  };
}

function stillOpen(): TransactionError {
  return new TransactionError(
    `A transaction has been open on the SQLite connection for ${patienceMs / 1_000} s. Commit it sooner, or give the store a connection of its own.`,
  );
}
