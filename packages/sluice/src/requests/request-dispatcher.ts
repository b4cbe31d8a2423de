import type { BoundHandler } from "../handlers/bound-handler.js";
import { closeRun } from "../handlers/close-run.js";
import { Dispatch } from "../handlers/dispatch.js";
import { isAbortError } from "../handlers/fallback-handler.js";
import { HandlerRun } from "../handlers/handler-run.js";
import type { EventsError } from "../handlers/runtime.js";
import { type Layer, throughLayers } from "../middleware/onion.js";

/** Sends a request to its handler, and answers when the handler's events are handled (rule R1). */
export class RequestDispatcher {
  readonly #layers: readonly Layer<Promise<unknown>>[];

  constructor(layers: readonly Layer<Promise<unknown>>[]) {
    this.#layers = layers;
  }

  dispatch(handler: BoundHandler, dispatch: Dispatch): Promise<unknown> {
    const answer =
      this.#layers.length === 0
        ? this.#run(handler, new HandlerRun(dispatch, dispatch.message, undefined, handler.name))
        : this.#runThroughLayers(handler, dispatch);
    return dispatch.options?.signal ? answerOrAbort(answer, dispatch) : answer;
  }

  async #runThroughLayers(handler: BoundHandler, dispatch: Dispatch): Promise<unknown> {
    const context = new HandlerRun(dispatch, dispatch.message, undefined, handler.name);
    try {
      return await throughLayers(this.#layers, context, ({ dispatch: outer, message }) => {
        const options = { scope: dispatch.options?.scope };
        const inner = new Dispatch(dispatch.runtime, message, dispatch.parent, options, outer);
        return this.#run(handler, new HandlerRun(inner, message, undefined, handler.name));
      });
    } finally {
      dispatch.end();
    }
  }

  /** Written without `async`, which would cost a send without events half as much again. */
  #run(handler: BoundHandler, run: HandlerRun): Promise<unknown> {
    let answer: unknown;
    try {
      answer = run.entersLineage ? run.enter(() => handler.call(run)) : handler.call(run);
    } catch (error) {
      return fail(run, error);
    }
    return (answer instanceof Promise ? answer : Promise.resolve(answer)).then(
      (response) => {
        if (run.isPlain) {
          run.end();
          run.dispatch.end();
          return response;
        }
        return complete(run, response);
      },
      (error) => fail(run, error),
    );
  }
}

async function complete(run: HandlerRun, response: unknown): Promise<unknown> {
  const { dispatch } = run;
  try {
    await run.close();
    const events = run.take();
    if (events !== undefined) {
      const error = await new Promise<EventsError | undefined>((done) => {
        dispatch.runtime.events.process(events, dispatch, run, done);
      });
      if (error !== undefined) throw error.withResponse(response);
    }
  } catch (error) {
    return fail(run, error);
  }
  await closeRun(run, undefined);
  return response;
}

async function fail(run: HandlerRun, error: unknown): Promise<never> {
  await closeRun(run, { error });
  throw error;
}

/** Lets the caller stop waiting at once; the dispatch goes on to its own end, and what fails then is logged. */
function answerOrAbort(answer: Promise<unknown>, dispatch: Dispatch): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let aborted = false;
    dispatch.onAbort = (reason) => {
      aborted = true;
      reject(reason);
    };
    dispatch.followOptions();
    answer.then(resolve, (error) => {
      reject(error);
      if (aborted && !isAbortError(error) && error !== dispatch.aborted?.reason) {
        const message = "A request failed after its caller had stopped waiting.";
        dispatch.runtime.logger.error({ error }, message);
      }
    });
  });
}
