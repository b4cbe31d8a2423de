import type { Middleware, MiddlewareContext } from "./middleware.js";
import { type RetryOptions, RetryPolicy } from "./retry-policy.js";
import { RetryingIterator } from "./retrying-iterator.js";

/**
 * Tries again what failed. Each try is a run of its own, in a scope of its own; the events of one that failed are
 * discarded with it. After the last try, its error goes out. Nothing is tried again once the signal has aborted, and
 * a wait ends with it.
 *
 * A stream is tried again only while nothing of it was delivered. An event handler that waits for its next try keeps
 * its place among `maxConcurrentEventHandlers`.
 *
 * All three kinds are tried again, commands too. Take a member to choose: `{ event: retry({ attempts: 3 }).event }`.
 *
 * @throws {InvalidOptionError} an option is out of range.
 *
 * @example
 * ```ts
 * import { bootstrap, Query } from "sluice";
 * import { retry } from "sluice/middleware";
 *
 * const { request: retryRequest, event } = retry({ attempts: 3, delay: 50 });
 *
 * bootstrap({
 *   middlewares: [
 *     {
 *       event,
 *       request: (request, next, context) =>
 *         request instanceof Query ? retryRequest(request, next, context) : next(),
 *     },
 *   ],
 * });
 * ```
 */
export function retry(options: RetryOptions): Required<Middleware> {
  const policy = new RetryPolicy(options);
  const around = async (next: () => Promise<unknown>, context: MiddlewareContext) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await next();
      } catch (error) {
        await policy.waitAfter(attempt, error, context);
      }
    }
  };
  return {
    request: (_request, next, context) => around(next, context),
    stream: (_request, next, context) => new RetryingIterator(next, policy, context),
    event: (_event, next, context) => around(next, context),
  };
}
