import { SluiceError } from "../errors/sluice-error.js";
import type { WireMessage } from "./wire-format.js";

/** What a broker delivered is no message of the wire's format; it is kept as it came, for a dead letter (rule M2). */
export class MalformedMessageError extends SluiceError {
  readonly code = "SLUICE_MALFORMED_MESSAGE";

  constructor(
    /** The name of the format that was expected: `CloudEvents`. */
    readonly format: string,
    /** What came: the very bytes, not a copy. */
    readonly raw: WireMessage,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`What came is no message of ${format}: ${problem}. It is kept in raw.`, options);
  }
}
