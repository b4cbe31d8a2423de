/**
 * Guards an operation that keeps failing. `sluice/resilience/cockatiel` has one on cockatiel; anything with these
 * members will do.
 *
 * - `execute` runs the operation at once and answers as it answers, or rejects without running it while the breaker is
 *   open; it never waits for other operations, since one may be a stream that runs for hours. A rejected operation
 *   counts as a failure, a fulfilled one as a success.
 * - `isOpenError` tells that rejection from the operation's own errors.
 */
export interface CircuitBreaker {
  execute<T>(operation: () => Promise<T>): Promise<T>;
  isOpenError(error: unknown): boolean;
}
