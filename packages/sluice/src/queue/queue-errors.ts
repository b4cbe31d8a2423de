import { describe } from "../errors/describe.js";
import { SluiceError } from "../errors/sluice-error.js";

/** A worker was to start under the name of one that is alive. */
export class WorkerNameTakenError extends SluiceError {
  readonly code = "SLUICE_WORKER_NAME_TAKEN";

  constructor(readonly workerName: string) {
    super(
      `A worker named ${describe(workerName)} is alive on this queue. Give each worker a name of its own, or leave the ` +
        "name out; where that one was killed, wait until its lease has ended.",
    );
  }
}

/** What was given for a transaction is none that this store can write in; nothing was written. */
export class TransactionError extends SluiceError {
  readonly code = "SLUICE_TRANSACTION";
}
