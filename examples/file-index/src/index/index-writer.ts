import { Worker } from "node:worker_threads";
import type { Places } from "../places.js";
import type { Answer, Asked, Delivery } from "./answer-writer.js";
import { makeIndex } from "./make-index.js";
import type { IndexEntry } from "./put-entries.js";

interface Waiting {
  readonly entry: IndexEntry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Puts the files of one run into the index. */
export interface RunIndex {
  /** Done when the file is committed, and with it its event. */
  put(entry: Omit<IndexEntry, "run">): Promise<void>;
}

/**
 * Puts files into an index, in a thread of its own, with another one that publishes their events. What arrives while a transaction is
 * under way goes into the next one together (group commit): the busier, the larger, and nobody waits for a timer.
 */
export class IndexWriter implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #exit: Promise<void>;
  #waiting: Waiting[] = [];
  #committing: Waiting[] = [];
  #dead: { readonly error: unknown } | undefined;
  #delivery: Delivery = { published: 0, waiting: 0 };
  #ending: Promise<Delivery> | undefined;

  private constructor(places: Places, thread: URL) {
    this.#worker = new Worker(thread, { workerData: places });
    this.#worker.on("message", (answer: Answer) => {
      if ("delivery" in answer) this.#delivery = answer.delivery;
      else this.#settle(answer.failure);
    });
    this.#worker.on("error", (error) => {
      this.#dead = { error };
      this.#settle(error);
    });
    this.#exit = new Promise((resolve) => this.#worker.once("exit", () => resolve()));
  }

  /** Makes the index where there is none, or says what is wrong with it. */
  static async open(
    places: Places,
    thread = new URL("./index-worker.js", import.meta.url),
  ): Promise<IndexWriter> {
    await makeIndex(places.index);
    return new IndexWriter(places, thread);
  }

  /** `run` tells what a run puts into the index from what was there. */
  forRun(run: number): RunIndex {
    return { put: (entry) => this.#put({ ...entry, run }) };
  }

  #put(entry: IndexEntry): Promise<void> {
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
    else this.#ask(this.#committing.map(({ entry }) => entry));
  }

  #ask(asked: Asked): void {
    this.#worker.postMessage(asked);
  }

  #settle(failure: unknown): void {
    for (const { resolve, reject } of this.#committing) {
      if (failure === undefined) resolve();
      else reject(failure);
    }
    this.#commit();
  }

  /** Ends the threads when the events are published, or cannot be; what is put must be done. */
  end(): Promise<Delivery> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<Delivery> {
    this.#ask("end");
    await this.#exit;
    if (this.#dead) throw this.#dead.error;
    return this.#delivery;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end().catch(() => {}); // whoever puts is told
  }
}
