import { Worker } from "node:worker_threads";
import type { IndexEntry } from "./put-entries.js";

interface Waiting {
  readonly entry: IndexEntry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts files into an index that is there, in a thread of its own. What arrives while a transaction is under way goes
 * into the next one together (group commit): the busier, the larger, and nobody waits for a timer.
 */
export class IndexWriter implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #exit: Promise<void>;
  #waiting: Waiting[] = [];
  #committing: Waiting[] = [];
  #dead: { readonly error: unknown } | undefined;

  constructor(path: string, run: number) {
    this.#worker = new Worker(new URL("./index-worker.js", import.meta.url), { workerData: { path, run } });
    this.#worker.on("message", (failure) => this.#settle(failure));
    this.#worker.on("error", (error) => {
      this.#dead = { error };
      this.#settle(error);
    });
    this.#exit = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
  }

  /** Done when the file is committed. */
  put(entry: IndexEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      if (this.#committing.length === 0) this.#commit();
    });
  }

  #commit(): void {
    this.#committing = this.#waiting;
    this.#waiting = [];
    if (this.#committing.length === 0) return;
    if (this.#dead) this.#settle(this.#dead.error);
    else this.#worker.postMessage(this.#committing.map(({ entry }) => entry));
  }

  #settle(failure: unknown): void {
    for (const { resolve, reject } of this.#committing) {
      if (failure === undefined) resolve();
      else reject(failure);
    }
    this.#commit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#worker.postMessage([]);
    await this.#exit;
  }
}
