import { describe } from "../errors/describe.js";
import { WrongHandlerKindError } from "./handler-errors.js";
import type { HandlerRun } from "./handler-run.js";

type Iterator = AsyncIterator<unknown, unknown, unknown>;

/**
 * The iterator of what a handler gave, as its callers rely on it: `next` gives a promise of an object, and `return`
 * is there and waits for a `next` at work. A generator is that by itself and goes out as it is; any other iterator
 * may be less, as `for await` allows.
 */
export function steadyIterator(iterable: AsyncIterable<unknown>, handler: string, run: HandlerRun): Iterator {
  const source = iterable[Symbol.asyncIterator]() as Iterator;
  if ((source as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "AsyncGenerator") return source;
  let atWork: Promise<unknown> | undefined;
  const ask = async (method: "next" | "throw", given: unknown) => {
    const result = await source[method]?.(given);
    if (typeof result === "object" && result !== null) return result;
    const request = describe(run.message);
    throw new WrongHandlerKindError(
      `${handler} cannot stream ${request}: ${method}() of its iterator gave ${describe(result)}, expected an object ` +
        "with done and value.",
      handler,
      request,
    );
  };
  const follow = <T>(answer: Promise<T>): Promise<T> => {
    atWork = answer;
    return answer;
  };
  return {
    next: (given) => follow(ask("next", given)),
    return: async (value) => {
      const result = await source.return?.(value);
      await atWork?.catch(() => {});
      return result ?? { done: true, value };
    },
    ...(source.throw && { throw: (error) => follow(ask("throw", error)) }),
  };
}
