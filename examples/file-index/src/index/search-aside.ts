import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { PlainError } from "../plain-error.js";
import type { search } from "./search.js";

/** Searches in a thread of its own, so that nobody else waits meanwhile; a search that is aborted is cut short. */
export async function searchAside(
  signal: AbortSignal,
  ...args: Parameters<typeof search>
): Promise<ReturnType<typeof search>> {
  const worker = new Worker(new URL("./search-worker.js", import.meta.url), { workerData: args });
  try {
    const [{ found, plainError }] = await once(worker, "message", { signal });
    if (plainError !== undefined) throw new PlainError(plainError);
    return found;
  } finally {
    await worker.terminate();
  }
}
