import { SluiceError } from "../errors/sluice-error.js";

/** An event cannot be stored as it is; nothing was written. */
export class OutboxRefusedError extends SluiceError {
  readonly code = "SLUICE_OUTBOX_REFUSED";

  constructor(
    readonly eventName: string,
    readonly eventId: string,
    problem: string,
  ) {
    super(`${eventName} ${eventId} cannot be stored: ${problem}`);
  }
}

/** An outbox was to join the transaction of a dispatch whose handlers share none. */
export class NoUnitOfWorkError extends SluiceError {
  readonly code = "SLUICE_NO_UNIT_OF_WORK";

  constructor() {
    super(
      "The outbox asked the unit of work for its transaction, and the handlers of this dispatch share none: what each " +
        'resolves is its own, and commits by itself. Set scope: "dispatch", or take the transaction from elsewhere.',
    );
  }
}
