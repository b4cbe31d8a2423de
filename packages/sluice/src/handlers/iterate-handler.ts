import { describe } from "../errors/describe.js";
import type { BoundHandler } from "./bound-handler.js";
import { WrongHandlerKindError } from "./handler-errors.js";
import type { HandlerRun } from "./handler-run.js";
import { steadyIterator } from "./steady-iterator.js";

type Iterator = AsyncIterator<unknown, unknown, unknown>;

/** Runs a streaming handler; an error that names it when what it gives cannot be iterated (rule S12). */
export function iterateHandler(handler: BoundHandler, run: HandlerRun): Iterator | Promise<Iterator> {
  const given = handler.open(run);
  if (given instanceof Promise) return given.then((value) => iteratorOf(value, handler, run));
  return iteratorOf(given, handler, run);
}

function iteratorOf(value: unknown, handler: BoundHandler, run: HandlerRun): Iterator {
  if (isAsyncIterable(value)) return steadyIterator(value, handler.name, run);
  const request = describe(run.message);
  throw new WrongHandlerKindError(
    `${handler.name} cannot stream ${request}: its handle() gave ${describe(value)}, expected an async iterable. ` +
      "Write async *handle() with yield, or use send().",
    handler.name,
    request,
  );
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as AsyncIterable<unknown> | null | undefined)?.[Symbol.asyncIterator] === "function";
}
