import type { AbstractClass } from "../messages/class.js";
import type { CircuitBreaker } from "../resilience/circuit-breaker.js";
import type { HandlerKind } from "./handler-kind.js";

export interface FallbackOptions {
  /**
   * The errors on which the fallback runs: classes, compared by `instanceof`. Empty or left out: any error. An
   * AbortError never falls back.
   * @default []
   */
  readonly failureExceptions?: readonly AbstractClass<unknown>[];
  /** Guards the primary; while it is open, the fallback runs at once. */
  readonly circuitBreaker?: CircuitBreaker;
}

/** A handler with another behind it; made by {@link fallback}. */
export class Fallback<H = unknown> {
  constructor(
    readonly primary: H,
    readonly secondary: H,
    readonly kind: HandlerKind,
    readonly options: FallbackOptions,
  ) {}

  /** Whether the secondary runs after this failure of the primary. */
  accepts(error: unknown): boolean {
    if (isAbortError(error)) return false;
    const { failureExceptions = [], circuitBreaker } = this.options;
    if (circuitBreaker?.isOpenError(error)) return true;
    return failureExceptions.length === 0 || failureExceptions.some((type) => error instanceof type);
  }
}

export function isAbortError(error: unknown): boolean {
  return (error as { name?: unknown } | null | undefined)?.name === "AbortError";
}
