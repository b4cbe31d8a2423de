import { reasonOf } from "../errors/reason.js";
import { SluiceError } from "../errors/sluice-error.js";

/**
 * Some messages of a batch did not arrive; all that are not named have. A broker that can tell throws it from `publish`,
 * so that whoever publishes tries only those again. It names those too that it did not send because an earlier one of
 * their key failed.
 */
export class PublishFailedError extends SluiceError {
  readonly code = "SLUICE_PUBLISH_FAILED";

  constructor(
    /** By the id of the message, what went wrong. */
    readonly failures: ReadonlyMap<string, unknown>,
  ) {
    const [first] = failures;
    const rest = failures.size > 1 ? `, and ${failures.size - 1} more` : "";
    super(`The broker did not take ${first?.[0]}: ${reasonOf(first?.[1])}${rest}`, { cause: first?.[1] });
  }
}

/** The broker will not take this message, however often it is tried: it is too large, or its topic is not a valid name. */
export class MessageRefusedError extends SluiceError {
  readonly code = "SLUICE_MESSAGE_REFUSED";

  constructor(
    readonly messageId: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`The broker refuses message ${messageId}: ${problem}`, options);
  }
}

/** The broker, or a topic of it, cannot be reached; no message is at fault, and none arrived. */
export class BrokerUnavailableError extends SluiceError {
  readonly code = "SLUICE_BROKER_UNAVAILABLE";

  constructor(problem: string, options?: ErrorOptions) {
    super(`The broker cannot be reached: ${problem}`, options);
  }
}
