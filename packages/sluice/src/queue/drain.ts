import type { QueueStore } from "./queue-store.js";

const firstLookMs = 2;
const lastLookMs = 50;

export interface DrainOptions {
  /** Ends the waiting, with its reason; what is under way goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Resolves when a look finds nothing pending, whoever has worked on it. */
export async function drain({ desk, wakeUp }: QueueStore, { signal }: DrainOptions = {}): Promise<void> {
  wakeUp.committed();
  for (let waitMs = firstLookMs; ; waitMs = Math.min(lastLookMs, waitMs * 2)) {
    signal?.throwIfAborted();
    const pending = await desk.list({ state: "pending", limit: 1 });
    if (pending.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
