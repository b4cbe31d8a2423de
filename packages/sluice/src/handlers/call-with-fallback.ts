import type { CircuitBreaker } from "../resilience/circuit-breaker.js";
import type { BoundHandler } from "./bound-handler.js";
import { type Fallback, isAbortError } from "./fallback-handler.js";
import type { HandlerRun } from "./handler-run.js";

/** Runs the primary, and the secondary on a failure that the fallback accepts (rule R5). */
export async function callWithFallback(
  run: HandlerRun,
  primary: BoundHandler,
  secondary: BoundHandler,
  fallback: Fallback,
): Promise<unknown> {
  const { circuitBreaker } = fallback.options;
  try {
    return await guard(circuitBreaker, run, () => callFork(run, primary));
  } catch (error) {
    if (isStopped(run, error) || !fallback.accepts(error)) throw error;
    return callFork(run, secondary);
  }
}

/** Runs a handler on behalf of another run, in a scope of its own that closes before the answer. */
async function callFork(run: HandlerRun, handler: BoundHandler): Promise<unknown> {
  const fork = run.fork(handler);
  let answer: unknown;
  try {
    answer = await handler.call(fork);
  } catch (error) {
    await fork.close({ error });
    throw error;
  }
  await fork.close();
  run.absorb(fork);
  return answer;
}

/** Whether a handler failed because it was told to stop, whatever the reason was that it was given. */
export function isStopped(run: HandlerRun, error: unknown): boolean {
  return run.dispatch.aborted !== undefined || isAbortError(error);
}

/** Runs an operation behind a breaker. Being told to stop says nothing of the operation's health, so it is no failure. */
export async function guard<T>(
  breaker: CircuitBreaker | undefined,
  run: HandlerRun,
  operation: () => Promise<T>,
): Promise<T> {
  if (breaker === undefined) return operation();
  const outcome = await breaker.execute(async () => {
    try {
      return { value: await operation() };
    } catch (error) {
      if (isStopped(run, error)) return { error };
      throw error;
    }
  });
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}
