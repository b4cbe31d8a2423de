import type { HandlerRun } from "../handlers/handler-run.js";
import type { Middleware, NextOptions } from "./middleware.js";

/** One layer: what a middleware does around one kind of dispatch. */
export type Layer<Result> = (
  message: never,
  next: (message?: object, options?: NextOptions) => Result,
  context: HandlerRun,
) => Result;

/**
 * Goes through the layers from the outermost to what they wrap. A layer that changes the message, the signal or the
 * metadata gives the next ones a context of their own.
 */
export function throughLayers<Result>(
  layers: readonly Layer<Result>[],
  context: HandlerRun,
  innermost: (context: HandlerRun) => Result,
  index = 0,
): Result {
  const layer = layers[index];
  if (layer === undefined) return innermost(context);
  const next = (message?: object, options?: NextOptions) =>
    throughLayers(layers, changedContext(context, message, options), innermost, index + 1);
  return layer(context.message as never, next, context);
}

function changedContext(
  context: HandlerRun,
  message: object = context.message,
  options?: NextOptions,
): HandlerRun {
  if (message === context.message && options === undefined) return context;
  const { dispatch, handlerName } = context;
  return context.fork(handlerName, options ? dispatch.change(options) : dispatch, message);
}

type Kind = "request" | "stream" | "event";

/** The layers of one kind, from the outermost. A layer around promises always answers with one. */
export function layersOf<Result>(middlewares: readonly Middleware[], kind: Kind): Layer<Result>[] {
  const layers: Layer<unknown>[] = [];
  for (const middleware of middlewares) {
    if (middleware[kind] === undefined) continue;
    const wrap = middleware[kind].bind(middleware) as Layer<unknown>;
    const wrapAsync: Layer<unknown> = async (...given) => wrap(...given);
    layers.push(kind === "stream" ? wrap : wrapAsync);
  }
  return layers as Layer<Result>[];
}
