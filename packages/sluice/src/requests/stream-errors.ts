import { SluiceError } from "../errors/sluice-error.js";

/** Clean-up took longer than `closeTimeoutMs`: what still runs is named. It goes on by itself (rule S8). */
export class CloseTimeoutError extends SluiceError {
  readonly code = "SLUICE_CLOSE_TIMEOUT";
  constructor(
    /** How long it was waited for, in milliseconds. */
    readonly closeTimeoutMs: number,
    readonly stillRunning: readonly string[],
  ) {
    super(
      `Closing took longer than closeTimeoutMs (${closeTimeoutMs} ms); still running: ${stillRunning.join(", ")}. ` +
        "Let handlers honour context.signal, or raise closeTimeoutMs.",
    );
  }
}

/** A handler's generator went on yielding when it was told to return. */
export class YieldAfterReturnError extends SluiceError {
  readonly code = "SLUICE_YIELD_AFTER_RETURN";
  constructor(readonly handler: string) {
    super(
      `${handler} yielded after its generator was told to return; the item was dropped. ` +
        "Do not yield in finally.",
    );
  }
}
