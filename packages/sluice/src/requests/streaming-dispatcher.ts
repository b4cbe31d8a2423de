import type { BoundHandler } from "../handlers/bound-handler.js";
import { Dispatch } from "../handlers/dispatch.js";
import type { HandlerRun } from "../handlers/handler-run.js";
import { type Layer, throughLayers } from "../middleware/onion.js";
import { readingAhead } from "./read-ahead.js";
import { RequestStream } from "./request-stream.js";

/** Streams a request from its handler. */
export class StreamingDispatcher {
  readonly #layers: readonly Layer<AsyncIterable<unknown>>[];

  constructor(layers: readonly Layer<AsyncIterable<unknown>>[]) {
    this.#layers = layers;
  }

  /** The handler with read-ahead and middleware around it, for a {@link RequestStream} to run. */
  prepare(bound: BoundHandler, readAhead: number): BoundHandler {
    const handler = readAhead > 0 ? readingAhead(bound, readAhead) : bound;
    return this.#layers.length > 0 ? this.#wrap(handler) : handler;
  }

  /** The handler with middleware around it: a stream of its own inside the one that the consumer holds. */
  #wrap(handler: BoundHandler): BoundHandler {
    const open = (context: HandlerRun) => {
      const { runtime, parent, options } = context.dispatch;
      return throughLayers(this.#layers, context, ({ dispatch: outer, message }) => {
        const dispatch = new Dispatch(runtime, message, handler, parent, { scope: options?.scope }, outer);
        const inner = new RequestStream(dispatch, () => {
          runtime.active.add(dispatch);
          return undefined;
        });
        context.dispatch.contain(inner);
        return inner;
      });
    };
    return { name: handler.name, call: open, open };
  }
}
