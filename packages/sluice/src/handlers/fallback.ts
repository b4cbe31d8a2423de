import { describe } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { Fallback, type FallbackOptions } from "./fallback-handler.js";
import { InvalidHandlerError } from "./handler-errors.js";
import { type HandlerKind, handlerKind } from "./handler-kind.js";

/**
 * A handler with another behind it: when the primary fails, the fallback runs in a fresh scope, after the primary's
 * has closed with the error; events of the failed primary are discarded (rule R5). In a stream, items that were
 * delivered stay delivered, and the fallback goes on from `context.resume` (rule R6).
 *
 * Stands wherever a handler does, for requests, streams and events; may be nested.
 *
 * @throws {InvalidHandlerError} the two are of different kinds, or one is no handler.
 *
 * @example
 * ```ts
 * import { Query, RequestMap, fallback } from "sluice";
 *
 * class GetPrice extends Query<number> {}
 *
 * new RequestMap().bind(GetPrice, fallback(
 *   async () => { throw new TypeError("the price service is down"); },
 *   async () => 42,
 *   { failureExceptions: [TypeError] },
 * ));
 * ```
 */
export function fallback<Primary, Secondary>(
  primary: Primary,
  secondary: Secondary,
  options: FallbackOptions = {},
): Fallback<Primary | Secondary> {
  checkOptions(options);
  return new Fallback<Primary | Secondary>(primary, secondary, commonKind(primary, secondary), options);
}

function commonKind(primary: unknown, secondary: unknown): HandlerKind {
  const first = handlerKind(primary);
  const second = handlerKind(secondary);
  if (first === "any" || second === first) return second;
  if (second === "any") return first;
  throw new InvalidHandlerError(
    `fallback() got handlers of different kinds: ${describe(primary)} is a ${first} handler, ${describe(secondary)} ` +
      `a ${second} handler. Both must answer the same way.`,
    secondary,
  );
}

function checkOptions({ failureExceptions, circuitBreaker }: FallbackOptions): void {
  if (failureExceptions !== undefined && !failureExceptions.every((type) => typeof type === "function")) {
    throw new InvalidOptionError("fallback failureExceptions", failureExceptions, "a list of error classes");
  }
  if (circuitBreaker !== undefined && typeof circuitBreaker?.execute !== "function") {
    throw new InvalidOptionError(
      "fallback circuitBreaker",
      circuitBreaker,
      "an object with execute() and isOpenError()",
    );
  }
}
