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
  const { dispatch } = attempt;
  const isChanged = dispatch !== run.dispatch;
  // A middleware that gave a signal may stop waiting for it; the mediator's close() does not.
  if (isChanged && dispatch.place < 0) dispatch.runtime.active.add(dispatch);
  try {
    await call(attempt);
    await attempt.close();
  } catch (error) {
    await attempt.close({ error });
    throw error;
  } finally {
    if (isChanged) dispatch.leave();
  }
  run.absorb(attempt);
}
