import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { isAbortError } from "../handlers/fallback-handler.js";
import type { Middleware, MiddlewareContext, Next } from "./middleware.js";
import { TimedIterator } from "./timed-iterator.js";
import { TimeoutError } from "./timeout-error.js";

/** How long something may take, in milliseconds from 1 to 2,147,483,647; what is left out has no limit. */
export interface TimeoutOptions {
  /** The answer to a request, the events of its handler included. */
  readonly request?: number | undefined;
  /** Each item of a stream, from the call of `next()` to its delivery, its events included. */
  readonly item?: number | undefined;
  /** Each run of an event handler, and each publishing to the broker. */
  readonly event?: number | undefined;
}

/**
 * Fails what takes too long with a {@link TimeoutError}, at once, and aborts the handler's signal. A number is the
 * limit of all three. The time that a consumer takes between two items does not count.
 *
 * What does not honour its signal cannot be stopped: it goes on to its own end, an event handler beyond
 * `maxConcurrentEventHandlers`. The mediator's `close()` waits for it, and what it throws is logged.
 *
 * Listed before `retry(…)` it limits all tries together, after it each try.
 *
 * @throws {InvalidOptionError} a limit is out of range, or none is given.
 *
 * @example
 * ```ts
 * import { bootstrap } from "sluice";
 * import { timeout } from "sluice/middleware";
 *
 * bootstrap({ middlewares: [timeout({ request: 5_000, item: 30_000 })] });
 * ```
 */
export function timeout(limits: number | TimeoutOptions): Middleware {
  const { request, item, event } = limitsOf(limits);
  return {
    ...(request && {
      request: (message, next, context) => within(request, "request", message, next, context),
    }),
    ...(item && { stream: (message, next, context) => new TimedIterator(item, message, next, context) }),
    ...(event && { event: (message, next, context) => within(event, "event", message, next, context) }),
  };
}

function limitsOf(limits: number | TimeoutOptions): TimeoutOptions {
  if (typeof limits === "number") return limitsOf({ request: limits, item: limits, event: limits });
  const { request, item, event } = limits ?? {};
  const given = [request, item, event].filter((limit) => limit !== undefined);
  if (given.length > 0 && given.every((ms) => typeof ms === "number" && ms >= 1 && ms <= 2_147_483_647))
    return limits;
  throw new InvalidOptionError(
    "timeout limit",
    given.length > 0 ? given.find((ms) => !(ms >= 1 && ms <= 2_147_483_647)) : limits,
    "milliseconds from 1 to 2,147,483,647, or { request, item, event } with at least one of them",
  );
}

function within<Message extends object>(
  ms: number,
  what: "request" | "event",
  message: Message,
  next: Next<Message, Promise<unknown>>,
  context: MiddlewareContext,
): Promise<unknown> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    let failure: TimeoutError | undefined;
    const timer = setTimeout(() => {
      failure = new TimeoutError(what, ms, context.handlerName, message);
      reject(failure);
      controller.abort(failure);
    }, ms);
    next(message, { signal: controller.signal }).then(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error) => {
        clearTimeout(timer);
        if (failure === undefined) reject(error);
        else reportLate(error, failure, context);
      },
    );
  });
}

function reportLate(error: unknown, failure: TimeoutError, { handlerName, logger }: MiddlewareContext): void {
  if (error === failure || isAbortError(error)) return;
  logger.error({ error }, `${handlerName} failed after it had timed out.`);
}
