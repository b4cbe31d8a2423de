import { BreakerOpenError } from "../breaker-open-error.js";
import type { CircuitBreaker } from "../circuit-breaker.js";

/** The part of a cockatiel policy that is used: a circuit breaker, alone or wrapped. */
export interface CockatielPolicy {
  execute<T>(operation: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** A circuit breaker's `CircuitState`. */
  readonly state?: number;
}

/** cockatiel's `CircuitState.HalfOpen`. */
const halfOpen = 2;

/**
 * Guards the primary of a `fallback(…)` by a circuit breaker of cockatiel. What the policy rejects without running the
 * handler counts as an open breaker, so the fallback runs at once.
 *
 * A stream is one operation, from its start to its end: a stream that fails is one failure, one that ends a success.
 * A consumer who leaves, and an abort, are no failure. While the breaker is half open, cockatiel lets as many runs
 * through as `halfOpenSampling` says; it would keep the others waiting for their outcome, and here the others fall back
 * at once. Give long streams a breaker of their own: one on trial keeps it half open until it ends.
 *
 * Which errors count is the policy's to say (`handleAll`, `handleType(…)`); one breaker may guard several handlers.
 *
 * @example
 * ```ts
 * import { circuitBreaker, ConsecutiveBreaker, handleAll } from "cockatiel";
 * import { bootstrap, fallback, Query } from "sluice";
 * import { cockatielBreaker } from "sluice/resilience/cockatiel";
 *
 * class GetPrice extends Query<number> {}
 *
 * const breaker = circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) });
 *
 * bootstrap({
 *   queriesMapper: (map) =>
 *     map.bind(
 *       GetPrice,
 *       fallback(
 *         async () => Number(await (await fetch("https://prices.example")).text()),
 *         async () => 42,
 *         { circuitBreaker: cockatielBreaker(breaker) },
 *       ),
 *     ),
 * });
 * ```
 */
export function cockatielBreaker(policy: CockatielPolicy): CircuitBreaker {
  /** What was rejected without the operation having run. */
  const refusals = new WeakSet<object>();

  async function execute<T>(operation: () => Promise<T>): Promise<T> {
    const refused = new AbortController();
    let hasBegun = false;
    const outcome = policy.execute(() => {
      // cockatiel asks once more after a trial.
      if (refused.signal.aborted) throw new BreakerOpenError();
      hasBegun = true;
      return operation();
    }, refused.signal);
    try {
      if (hasBegun || policy.state !== halfOpen) return await outcome;
      refused.abort();
      outcome.catch(() => {});
      throw new BreakerOpenError();
    } catch (error) {
      if (!hasBegun && typeof error === "object" && error !== null) refusals.add(error);
      throw error;
    }
  }

  return {
    execute,
    isOpenError: (error) => typeof error === "object" && error !== null && refusals.has(error),
  };
}
