import type { Dispatch } from "./dispatch.js";
import { isAbortError } from "./fallback-handler.js";

/** Whether an error says no more than that a handler, or event handlers, stopped as the abort of the dispatch told them. */
export function obeysAbort(error: unknown, dispatch: Dispatch): boolean {
  const { aborted } = dispatch;
  if (aborted === undefined) return false;
  if (isAbortError(error) || error === aborted.error) return true;
  if (!(error instanceof AggregateError) || error.errors.length === 0) return false;
  return error.errors.every((one) => obeysAbort(one, dispatch));
}
