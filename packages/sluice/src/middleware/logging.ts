import { checkLoggingOptions, LogEntry, type LoggingOptions } from "./log-entry.js";
import { LoggedIterator } from "./logged-iterator.js";
import type { Middleware, MiddlewareContext } from "./middleware.js";

/**
 * Logs the start and the end of every request and stream, of every event at each of its handlers, and of every
 * publishing. The details name the `message`'s class, the `handler` and the `correlationId`; at the end the
 * `duration` in milliseconds; of a stream the number of `items` that were delivered; of a failure the `error`.
 *
 * @throws {InvalidOptionError} an option is out of range.
 *
 * @example
 * ```ts
 * import { bootstrap } from "sluice";
 * import { logging } from "sluice/middleware";
 *
 * bootstrap({ middlewares: [logging({ level: "debug" })] });
 * ```
 */
export function logging(given: LoggingOptions = {}): Required<Middleware> {
  const options = checkLoggingOptions(given);
  const around = async (message: object, next: () => Promise<unknown>, context: MiddlewareContext) => {
    const entry = new LogEntry(message, context, options);
    try {
      const answer = await next();
      entry.end("ended");
      return answer;
    } catch (error) {
      entry.fail(error);
      throw error;
    }
  };
  return {
    request: around,
    stream: (request, next, context) => {
      const entry = new LogEntry(request, context, options);
      try {
        return new LoggedIterator(next(), entry);
      } catch (error) {
        entry.fail(error);
        throw error;
      }
    },
    event: around,
  };
}
