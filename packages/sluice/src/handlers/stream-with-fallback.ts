import type { BoundHandler } from "./bound-handler.js";
import { guard, isStopped } from "./call-with-fallback.js";
import type { Fallback } from "./fallback-handler.js";
import type { HandlerRun } from "./handler-run.js";
import { iterateHandler } from "./iterate-handler.js";

/**
 * Streams from the primary, and from the secondary after a failure that the fallback accepts. What was delivered is
 * counted, so that the secondary can go on from there (rule R6).
 */
export async function* streamWithFallback(
  run: HandlerRun,
  primary: BoundHandler,
  secondary: BoundHandler,
  fallback: Fallback,
): AsyncGenerator<unknown, unknown, unknown> {
  let resume = run.resume ?? { delivered: 0, lastItem: undefined };
  const started = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<void>();
  outcome.promise.catch(() => {});
  // The breaker sees a stream as one operation, from its start to its end; a consumer that leaves is no failure.
  const guarded = guard(fallback.options.circuitBreaker, run, () => {
    started.resolve();
    return outcome.promise;
  });
  guarded.catch(started.reject);
  try {
    await started.promise;
    return yield* streamFork(run, primary, (lastItem) => {
      resume = { delivered: resume.delivered + 1, lastItem };
    });
  } catch (error) {
    outcome.reject(error);
    await guarded.catch(() => {});
    if (isStopped(run, error) || !fallback.accepts(error)) throw error;
  } finally {
    outcome.resolve();
  }
  run.resume = resume;
  return yield* streamFork(run, secondary);
}

/** Streams from a handler on behalf of another run, in a scope of its own that closes at the end of the stream. */
async function* streamFork(
  run: HandlerRun,
  handler: BoundHandler,
  onItem?: (item: unknown) => void,
): AsyncGenerator<unknown, unknown, unknown> {
  const fork = run.fork(handler);
  if (run.resume !== undefined) fork.resume = run.resume;
  let outcome: "left" | "failed" | "ended" = "left";
  try {
    const source = await iterateHandler(handler, fork);
    const result = yield* tap(source, (item) => {
      run.absorb(fork);
      onItem?.(item);
    });
    outcome = "ended";
    return result;
  } catch (error) {
    outcome = "failed";
    await fork.close({ error });
    throw error;
  } finally {
    if (outcome !== "failed") {
      await fork.close(outcome === "left" ? run.dispatch.failure : undefined);
      run.absorb(fork);
    }
  }
}

/** The same iterator, with a look at each item; `return` and `throw` reach the source. */
function tap(source: AsyncIterator<unknown, unknown, unknown>, onItem: (item: unknown) => void) {
  const look = (result: IteratorResult<unknown, unknown>) => {
    if (!result.done) onItem(result.value);
    return result;
  };
  const tapped: AsyncIterableIterator<unknown, unknown, unknown> = {
    next: async () => look(await source.next()),
    return: async (value) => look((await source.return?.(value)) ?? { done: true, value }),
    throw: async (error) => {
      if (source.throw) return look(await source.throw(error));
      await source.return?.();
      throw error;
    },
    [Symbol.asyncIterator]: () => tapped,
  };
  return tapped;
}
