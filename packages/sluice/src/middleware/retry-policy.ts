import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { SluiceError } from "../errors/sluice-error.js";
import { isAbortError } from "../handlers/fallback-handler.js";
import type { AbstractClass } from "../messages/class.js";
import type { MiddlewareContext } from "./middleware.js";
import { pause } from "./pause.js";
import { TimeoutError } from "./timeout-error.js";

export interface RetryOptions {
  /** How many tries there are, the first among them. A whole number from 1 up. */
  readonly attempts: number;
  /**
   * How long to wait before the next try, in milliseconds from 0 up. A number is the most for the first wait, and
   * doubles with each try: the wait is anything from 0 to that (exponential backoff with full jitter). A function
   * gives the wait itself; `attempt` is the number of the try that failed, from 1 up.
   * @default 100
   */
  readonly delay?: number | ((attempt: number, error: unknown) => number) | undefined;
  /**
   * What a doubled `delay` comes to at most, in milliseconds from 0 up. An error that says for how long it asks for
   * patience (`retryAfterMs`, as a RemoteError does) is given so much at least; where that is longer than this, there
   * is no other try.
   * @default 10_000
   */
  readonly maxDelay?: number | undefined;
  /**
   * Which failures are tried again: error classes, compared by `instanceof`, or a function that says so. By default
   * all but an AbortError and Sluice's own errors, since after an EventHandlingError the handler has done its work,
   * and the others tell of a mistake. A TimeoutError is tried again.
   */
  readonly retryOn?: readonly AbstractClass<unknown>[] | ((error: unknown) => boolean) | undefined;
}

const longest = 2_147_483_647;

/** Says whether there is another try, and waits for its time. */
export class RetryPolicy {
  readonly #attempts: number;
  readonly #maxDelay: number;
  readonly #delay: (attempt: number, error: unknown) => number;
  readonly #accepts: (error: unknown) => boolean;

  constructor(options: RetryOptions) {
    const { attempts, delay = 100, maxDelay = 10_000, retryOn = isWorthATry } = options ?? {};
    check("attempts", attempts, "a whole number from 1 up", Number.isSafeInteger(attempts) && attempts >= 1);
    check(
      "delay",
      delay,
      "milliseconds from 0 to 2,147,483,647, or a function",
      isFunctionOr(isDelay, delay),
    );
    check("maxDelay", maxDelay, "milliseconds from 0 to 2,147,483,647", isDelay(maxDelay));
    check("retryOn", retryOn, "a list of error classes, or a function", isFunctionOr(isClassList, retryOn));
    this.#attempts = attempts;
    this.#maxDelay = maxDelay;
    this.#delay =
      typeof delay === "function"
        ? delay
        : (attempt) => Math.random() * Math.min(maxDelay, delay * 2 ** (attempt - 1));
    this.#accepts =
      typeof retryOn === "function" ? retryOn : (error) => retryOn.some((type) => error instanceof type);
  }

  /**
   * Resolves when it is time for the next try. Rejects with the error when there is none, and with the reason of a
   * signal that aborts meanwhile.
   */
  async waitAfter(
    attempt: number,
    error: unknown,
    { signal, handlerName, logger }: Pick<MiddlewareContext, "signal" | "handlerName" | "logger">,
    left?: AbortSignal,
  ): Promise<void> {
    if (attempt >= this.#attempts || signal.aborted || !this.#accepts(error)) throw error;
    const asked = retryAfterOf(error);
    if (asked > this.#maxDelay) throw error;
    const own = this.#delay(attempt, error);
    check("delay(attempt, error)", own, "milliseconds from 0 to 2,147,483,647", isDelay(own));
    const delay = Math.max(asked, own);
    const what = `${handlerName} failed; try ${attempt + 1} of ${this.#attempts} follows in ${Math.round(delay)} ms.`;
    logger.warn({ error, attempt, delay }, what);
    await pause(delay, left ? AbortSignal.any([signal, left]) : signal);
  }
}

function retryAfterOf(error: unknown): number {
  const { retryAfterMs } = Object(error) as { readonly retryAfterMs?: unknown };
  return typeof retryAfterMs === "number" && retryAfterMs > 0 ? retryAfterMs : 0;
}

function isWorthATry(error: unknown): boolean {
  if (isAbortError(error)) return false;
  return !(error instanceof SluiceError) || error instanceof TimeoutError;
}

function isDelay(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= longest;
}

function isClassList(value: unknown): boolean {
  return Array.isArray(value) && value.every((type) => typeof type === "function");
}

function isFunctionOr(fits: (value: unknown) => boolean, value: unknown): boolean {
  return typeof value === "function" || fits(value);
}

function check(option: string, given: unknown, expected: string, fits: boolean): void {
  if (!fits) throw new InvalidOptionError(`retry ${option}`, given, expected);
}
