import { SluiceError } from "../errors/sluice-error.js";

/** A message cannot be stored as it is; nothing was written. */
export class InboxRefusedError extends SluiceError {
  readonly code = "SLUICE_INBOX_REFUSED";

  constructor(
    readonly messageId: string,
    problem: string,
  ) {
    super(`Message ${messageId} cannot be stored: ${problem}`);
  }
}

/** A stored event has no handler: it is not done, so it is kept (rule O8). */
export class UnhandledEventError extends SluiceError {
  readonly code = "SLUICE_UNHANDLED_EVENT";

  constructor(readonly eventName: string) {
    super(`Nothing is bound to ${eventName}. Bind a handler in domainEventsMapper, then replay it.`);
  }
}

/** A message was handled while others had taken over its bucket: its effects were rolled back, and they handle it. */
export class LeaseLostError extends SluiceError {
  readonly code = "SLUICE_LEASE_LOST";

  constructor(readonly messageId: string) {
    super(`Message ${messageId} was taken over by another worker; what was done here for it is rolled back.`);
  }
}
