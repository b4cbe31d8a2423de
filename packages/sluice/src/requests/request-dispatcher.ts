import { describe } from "../errors/describe.js";
import type { BoundHandler } from "../handlers/bound-handler.js";
import { closeRun } from "../handlers/close-run.js";
import { Dispatch } from "../handlers/dispatch.js";
import type { EventsError } from "../handlers/runtime.js";
import { type Layer, throughLayers } from "../middleware/onion.js";
import { cannotAnswer } from "./request-errors.js";

/** Sends a request to its handler, and answers when the handler's events are handled (rule R1). */
export class RequestDispatcher {
  readonly #layers: readonly Layer<Promise<unknown>>[];
  readonly #isBare: boolean;

  constructor(layers: readonly Layer<Promise<unknown>>[]) {
    this.#layers = layers;
    this.#isBare = layers.length === 0;
  }

  dispatch(dispatch: Dispatch): Promise<unknown> {
    return this.#isBare ? run(dispatch) : this.#runThroughLayers(dispatch);
  }

  async #runThroughLayers(dispatch: Dispatch): Promise<unknown> {
    const { runtime, handler, parent, options } = dispatch;
    try {
      return await throughLayers(this.#layers, dispatch, ({ dispatch: outer, message }) => {
        const inner = new Dispatch(runtime, message, handler, parent, { scope: options?.scope }, outer);
        // A middleware may stop waiting for it; the mediator's close() does not.
        runtime.active.add(inner);
        return run(inner);
      });
    } finally {
      dispatch.leave();
    }
  }
}

/** Written without `async`, which would cost a send without events half as much again. */
function run(dispatch: Dispatch): Promise<unknown> {
  const handler = dispatch.handler as BoundHandler;
  let answer: unknown;
  try {
    answer = dispatch.entersLineage ? dispatch.enter(handler.call) : handler.call(dispatch);
  } catch (error) {
    return fail(dispatch, error);
  }
  if (isGenerator(answer)) {
    return fail(dispatch, cannotAnswer(dispatch.handlerName, describe(dispatch.message)));
  }
  return (answer instanceof Promise ? answer : Promise.resolve(answer)).then(
    (response) => {
      if (!dispatch.isPlain) return complete(dispatch, response);
      dispatch.end();
      dispatch.runtime.active.delete(dispatch);
      return response;
    },
    (error) => fail(dispatch, error),
  );
}

/** Of a plain function it is seen only now that it streams (rule R2). */
function isGenerator(answer: unknown): boolean {
  if (answer instanceof Promise || typeof answer !== "object" || answer === null) return false;
  return (answer as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "AsyncGenerator";
}

async function complete(dispatch: Dispatch, response: unknown): Promise<unknown> {
  try {
    await dispatch.close();
    const events = dispatch.take();
    if (events !== undefined) {
      const error = await new Promise<EventsError | undefined>((done) => {
        dispatch.runtime.events.process(events, dispatch, dispatch, done);
      });
      if (error !== undefined) throw error.withResponse(response);
    }
  } catch (error) {
    return fail(dispatch, error);
  }
  await closeRun(dispatch, undefined);
  return response;
}

async function fail(dispatch: Dispatch, error: unknown): Promise<never> {
  await closeRun(dispatch, { error });
  throw error;
}
