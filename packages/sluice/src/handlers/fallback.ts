import { describe } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { CircuitBreaker } from "../resilience/circuit-breaker.js";
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

function checkOptions(options: FallbackOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new InvalidOptionError("fallback options", options, "an object");
  }
  const { failureExceptions, circuitBreaker } = options;
  if (failureExceptions !== undefined && !isListOfClasses(failureExceptions)) {
    throw new InvalidOptionError("fallback failureExceptions", failureExceptions, "a list of error classes");
  }
  if (circuitBreaker !== undefined && !isBreaker(circuitBreaker)) {
    throw new InvalidOptionError(
      "fallback circuitBreaker",
      circuitBreaker,
      "an object with execute() and isOpenError()",
    );
  }
}

/** An arrow function, which has no prototype, cannot stand behind `instanceof`. */
function isListOfClasses(given: unknown): boolean {
  return Array.isArray(given) && given.every((type) => typeof type === "function" && type.prototype);
}

function isBreaker(given: Partial<CircuitBreaker> | null): boolean {
  return typeof given?.execute === "function" && typeof given.isOpenError === "function";
}
