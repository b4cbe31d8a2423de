import { describe } from "../errors/describe.js";
import { TransactionError } from "../queue/queue-errors.js";

/** What is said of something that is no transaction of the library. */
export function noTransactionOf(given: unknown, expected: string): TransactionError {
  return new TransactionError(
    `Got ${describe(given)} for a transaction; expected ${expected}. Nothing was written.`,
  );
}

/** What is said of a transaction that has been committed or rolled back. */
export function transactionOver(expected: string, options?: ErrorOptions): TransactionError {
  return new TransactionError(
    `The transaction is over; expected ${expected}, while it is open. Nothing was written.`,
    options,
  );
}

/** Kysely, which MikroORM runs on as well, says in words alone that a transaction is over. */
export function saysOver(error: unknown): boolean {
  return error instanceof Error && /^Transaction is already /.test(error.message);
}
