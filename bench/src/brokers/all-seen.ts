import { count, text } from "./messages.js";

/** Whether each message of a run has come, with its payload read, and how quickly those did that came last. */
export class AllSeen {
  readonly #all = Promise.withResolvers<void>();
  readonly #counted: number;
  #left: number;
  #start = 0;
  #end = 0;

  constructor(messages = count) {
    this.#left = messages;
    // A client that fetches and decodes many messages before it shows the first one has done their work by then.
    this.#counted = messages - messages / 5;
  }

  get all(): Promise<void> {
    return this.#all.promise;
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  /** Messages a second. */
  get rate(): number {
    return (1_000 * this.#counted) / (this.#end - this.#start);
  }

  see(payload: unknown): void {
    if ((payload as { readonly text?: unknown }).text !== text) return;
    this.#left--;
    if (this.#left === this.#counted) this.#start = performance.now();
    if (this.#left > 0) return;
    this.#end = performance.now();
    this.#all.resolve();
  }
}
