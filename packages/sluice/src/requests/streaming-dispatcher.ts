import type { BoundHandler } from "../handlers/bound-handler.js";
import { Dispatch } from "../handlers/dispatch.js";
import type { HandlerRun } from "../handlers/handler-run.js";
import { type Layer, throughLayers } from "../middleware/onion.js";
import { readingAhead } from "./read-ahead.js";
import { RequestStream } from "./request-stream.js";

const admitted = (): undefined => undefined;

/** Streams a request from its handler. */
export class StreamingDispatcher {
  readonly #layers: readonly Layer<AsyncIterable<unknown>>[];

  constructor(layers: readonly Layer<AsyncIterable<unknown>>[]) {
    this.#layers = layers;
  }

  dispatch(
    bound: BoundHandler,
    dispatch: Dispatch,
    readAhead: number,
    admit: () => Promise<void> | undefined,
  ): RequestStream {
    const handler = readAhead > 0 ? readingAhead(bound, readAhead) : bound;
    return new RequestStream(this.#layers.length > 0 ? this.#wrap(handler) : handler, dispatch, admit);
  }

  /** The handler with middleware around it: a stream of its own inside the one that the consumer holds. */
  #wrap(handler: BoundHandler): BoundHandler {
    const open = (context: HandlerRun) =>
      throughLayers(this.#layers, context, ({ dispatch: outer, message }) => {
        const options = { scope: context.dispatch.options?.scope };
        const inner = new Dispatch(outer.runtime, message, outer.parent, options, outer);
        return new RequestStream(handler, inner, admitted);
      });
    return { name: handler.name, call: open, open };
  }
}
