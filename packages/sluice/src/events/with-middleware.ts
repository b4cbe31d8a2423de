import type { HandlerRun } from "../handlers/handler-run.js";
import { type Layer, throughLayers } from "../middleware/onion.js";
import type { EventRun } from "./event-run.js";

/** Puts middleware around the call of an event handler; without any it is the call itself. */
export function withMiddleware(
  layers: readonly Layer<Promise<unknown>>[],
  call: (run: HandlerRun) => unknown,
): (run: EventRun) => unknown {
  if (layers.length === 0) return call;
  return (run) => throughLayers(layers, run, (context) => callAttempt(run, context, call));
}

/** One try: a fork with a scope of its own, so that a failed try leaves neither events nor an open unit of work. */
async function callAttempt(
  run: EventRun,
  context: HandlerRun,
  call: (run: HandlerRun) => unknown,
): Promise<void> {
  const attempt = context.fork(context.handler);
  try {
    await call(attempt);
  } catch (error) {
    await attempt.close({ error });
    throw error;
  } finally {
    if (attempt.dispatch !== run.dispatch) attempt.dispatch.leave();
  }
  await attempt.close();
  run.absorb(attempt);
}
