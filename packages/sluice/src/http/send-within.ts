import { refusal } from "./refusal.js";

/** Sends until the caller leaves or the time is up: the signal aborts then, and the promise rejects with its reason. */
export async function sendWithin<R>(
  ms: number,
  outside: AbortSignal,
  send: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const controller = new AbortController();
  const leave = () => controller.abort(outside.reason);
  const expire = () => controller.abort(refusal("HTTP_TIMEOUT", `There was no answer within ${ms} ms.`));
  const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(expire, ms);
  outside.addEventListener("abort", leave, { once: true });
  if (outside.aborted) leave();
  try {
    return await send(controller.signal);
  } finally {
    clearTimeout(timer);
    outside.removeEventListener("abort", leave);
  }
}
