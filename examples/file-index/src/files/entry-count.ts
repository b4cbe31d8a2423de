import { walk } from "./walk.js";

/** Counts what is below a folder, while somebody works on it. */
export class EntryCount {
  total = 0;
  isComplete = false;

  constructor(folder: string, except: readonly string[], signal: AbortSignal) {
    void this.#count(folder, except, signal);
  }

  async #count(folder: string, except: readonly string[], signal: AbortSignal): Promise<void> {
    for await (const _ of walk(folder, except)) {
      if (signal.aborted) return;
      this.total += 1;
    }
    this.isComplete = true;
  }
}
