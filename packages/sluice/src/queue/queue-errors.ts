import { describe } from "../errors/describe.js";
import { SluiceError } from "../errors/sluice-error.js";

/** A worker was to start under the name of one that is alive. */
export class WorkerNameTakenError extends SluiceError {
  readonly code = "SLUICE_WORKER_NAME_TAKEN";

  constructor(readonly workerName: string) {
    super(
      `A worker named ${describe(workerName)} is alive on this queue, or was killed and its lease has not ended. Leave the name out, or give each its own.`,
    );
  }
}

/** What was given for a transaction is none that this store can write in; nothing was written. */
export class TransactionError extends SluiceError {
  readonly code = "SLUICE_TRANSACTION";
}
