import { RetryLater } from "../brokers/retry-later.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { backoff } from "../resilience/backoff.js";

/** How often, and when, a message that failed is tried again (rule C1). */
export interface RetryOptions {
  /** How many times at once, one try right after the other. From 0 up. @default 2 */
  readonly immediate?: number | undefined;
  /** How many times after that, each after a wait. From 0 up. @default 5 */
  readonly delayed?: number | undefined;
  /**
   * The first wait, in milliseconds from 1 up. It doubles with each further one, and is between half of that and all of it.
   * @default 1_000
   */
  readonly delayMs?: number | undefined;
  /** The longest wait, in milliseconds. @default 60_000 */
  readonly maxDelayMs?: number | undefined;
}

const most = 1_000_000_000;

/** Says when a message is tried again. */
export class RetryPolicy {
  /** After so many tries it is given up. */
  readonly maxAttempts: number;
  readonly #immediate: number;
  readonly #backoff: { readonly baseMs: number; readonly maxMs: number };

  constructor(options: RetryOptions = {}) {
    const { delayMs = 1_000 } = options;
    this.#immediate = whole("immediate", options.immediate ?? 2, 0);
    this.maxAttempts = 1 + this.#immediate + whole("delayed", options.delayed ?? 5, 0);
    const baseMs = whole("delayMs", delayMs, 1);
    this.#backoff = {
      baseMs,
      maxMs: whole("maxDelayMs", options.maxDelayMs ?? Math.max(60_000, delayMs), baseMs),
    };
  }

  /** The next try of a message that failed on this one; `undefined` where this was the last. */
  after(attempt: number): RetryLater | undefined {
    if (attempt >= this.maxAttempts) return undefined;
    const delayed = attempt - this.#immediate;
    return new RetryLater(delayed > 0 ? backoff(delayed, this.#backoff) : 0);
  }
}

function whole(name: keyof RetryOptions, given: number, least: number): number {
  if (Number.isSafeInteger(given) && given >= least && given <= most) return given;
  throw new InvalidOptionError(`consume retry.${name}`, given, `a whole number from ${least} to ${most}`);
}
