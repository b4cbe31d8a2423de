import { InvalidOptionError } from "../errors/invalid-option-error.js";

/** Runs work in one transaction: begins it, awaits the work, and commits or, when that rejects, rolls back. */
export type RunInTransaction<Tx> = (work: (tx: Tx) => Promise<void>) => unknown;

/** Runs work in a user's transaction, and believes it only what can be seen. */
export async function inTransaction<Tx>(
  transaction: RunInTransaction<Tx>,
  option: string,
  work: (tx: Tx) => Promise<void>,
): Promise<void> {
  let working: Promise<void> | undefined;
  await transaction((tx) => {
    working = work(tx);
    return working;
  });
  if (working === undefined) throw new InvalidOptionError(option, transaction, "to run the work it is given");
  // A transaction that keeps the error of the work to itself has committed nothing.
  await working;
}
