import { describe } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
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
  const { dispatch, handler } = context;
  const prototype = Object.getPrototypeOf(context.message);
  if (typeof message !== "object" || message === null || Object.getPrototypeOf(message) !== prototype) {
    throw new InvalidOptionError("next(message)", message, `what it was, ${describe(context.message)}`);
  }
  return context.fork(handler, options ? dispatch.change(options) : dispatch, message);
}

type Kind = "request" | "stream" | "event";

/** The layers of one kind, from the outermost. A layer around promises always answers with one. */
export function layersOf<Result>(middlewares: readonly Middleware[], kind: Kind): Layer<Result>[] {
  const layers: Layer<unknown>[] = [];
  for (const [index, middleware] of middlewares.entries()) {
    if (middleware[kind] === undefined) continue;
    const wrap = middleware[kind].bind(middleware) as Layer<unknown>;
    const wrapAsync: Layer<unknown> = async (...given) => wrap(...given);
    const wrapStream: Layer<unknown> = (...given) => requireIterable(wrap(...given), index);
    layers.push(kind === "stream" ? wrapStream : wrapAsync);
  }
  return layers as Layer<Result>[];
}

function requireIterable(answer: unknown, index: number): unknown {
  if (typeof (answer as AsyncIterable<unknown> | null | undefined)?.[Symbol.asyncIterator] === "function")
    return answer;
  throw new InvalidOptionError(
    `The answer of middlewares[${index}].stream()`,
    answer,
    "an async iterable",
    "Return what next() gives, or write async *stream() with yield.",
  );
}
