import { SluiceError } from "../errors/sluice-error.js";

/** A message came more often than it may be tried, and no try was seen to end: whoever handles it may die of it. */
export class DeadlyMessageError extends SluiceError {
  readonly code = "SLUICE_DEADLY_MESSAGE";

  constructor(
    /** How often it has been given before. */
    readonly tries: number,
  ) {
    super(
      `The message was given ${tries} times, and no try was seen to end, so it was not tried again. ` +
        "Look what kills or freezes the process that handles it, then replay it.",
    );
  }
}
