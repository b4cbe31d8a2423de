import type { CircuitBreaker } from "../resilience/circuit-breaker.js";

/** A breaker that counts, and opens after a number of failures in a row. */
export class CountingBreaker implements CircuitBreaker {
  readonly outcomes: string[] = [];
  isOpen = false;
  readonly openError = new Error("open");

  constructor(readonly threshold = Number.POSITIVE_INFINITY) {}

  async execute<T>(operation: () => Promise<T>): Promise<T> {
    if (this.isOpen) {
      this.outcomes.push("refused");
      throw this.openError;
    }
    try {
      const value = await operation();
      this.outcomes.push("success");
      return value;
    } catch (error) {
      this.outcomes.push("failure");
      this.isOpen =
        this.outcomes.slice(-this.threshold).filter((o) => o === "failure").length === this.threshold;
      throw error;
    }
  }

  isOpenError(error: unknown): boolean {
    return error === this.openError;
  }
}
