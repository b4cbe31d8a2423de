import type { Dispatch } from "../handlers/dispatch.js";
import { obeysAbort } from "../handlers/obeys-abort.js";

/**
 * Lets the caller stop waiting as soon as the signal of its options aborts. The dispatch goes on to its own end, and
 * what fails then is logged.
 */
export function abortable<T>(dispatch: Dispatch, begin: () => Promise<T>): Promise<T> {
  if (!dispatch.options?.signal) return begin();
  return new Promise((resolve, reject) => {
    let aborted = false;
    dispatch.onAbort = (reason) => {
      aborted = true;
      reject(reason);
    };
    dispatch.followOptions();
    begin().then(resolve, (error) => {
      reject(error);
      if (aborted && !obeysAbort(error, dispatch)) {
        const message = `${dispatch.handlerName} failed after its caller had stopped waiting.`;
        dispatch.runtime.logger.error({ error }, message);
      }
    });
  });
}
