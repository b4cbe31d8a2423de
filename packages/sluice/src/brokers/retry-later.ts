import { InvalidOptionError } from "../errors/invalid-option-error.js";

const longestMs = 2 ** 31 - 1;

/**
 * What a subscriber answers to be given the message again after a while.
 *
 * @throws {InvalidOptionError} `afterMs` is out of range.
 *
 * @example
 * ```ts
 * import { MemoryMessageBroker, RetryLater } from "sluice/brokers";
 *
 * const broker = new MemoryMessageBroker();
 * await broker.subscribe({
 *   topics: ["orders"],
 *   onMessage: ({ attempt }) => (attempt < 3 ? new RetryLater(1_000) : undefined),
 * });
 * ```
 */
export class RetryLater {
  constructor(
    /** How long to wait at least, in milliseconds from 0 to 2,147,483,647, some 24 days. */
    readonly afterMs: number,
    /** Whether this try counts: `false` where the message was not really tried. @default true */
    readonly counts = true,
  ) {
    if (!(typeof afterMs === "number" && afterMs >= 0 && afterMs <= longestMs))
      throw new InvalidOptionError("RetryLater(afterMs)", afterMs, `a number from 0 to ${longestMs}`);
  }
}
