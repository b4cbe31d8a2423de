import type { ErrorCode } from "./codes.js";

const brand = Symbol.for("sluice.error");

/**
 * The base of every error that Sluice raises: a literal {@link code}, a message that says what was given, what was
 * expected and what to do, and the `cause` where another error led to it.
 *
 * `instanceof SluiceError` recognises errors of another copy of the library too, and those that extend the built-in
 * `AggregateError`.
 *
 * @example
 * ```ts
 * import { SluiceError } from "sluice";
 *
 * function isMissingHandler(error: unknown): boolean {
 *   return error instanceof SluiceError && error.code === "SLUICE_NO_HANDLER";
 * }
 * ```
 */
export abstract class SluiceError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    brandError(this, new.target.name);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this === SluiceError) return typeof value === "object" && value !== null && brand in value;
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

/** Makes an error that must extend another built-in class count as a {@link SluiceError}. */
export function brandError(error: Error, name: string): void {
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  Object.defineProperty(error, brand, { value: true });
}
