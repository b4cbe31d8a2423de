import { count, text } from "./messages.js";

/** Whether each message of a run has come, with its payload read, and how quickly after the first one. */
export class AllSeen {
  readonly #all = Promise.withResolvers<void>();
  #left = count;
  #start = 0;
  #end = 0;

  get all(): Promise<void> {
    return this.#all.promise;
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  /** Messages a second. */
  get rate(): number {
    return (1_000 * count) / (this.#end - this.#start);
  }

  see(payload: unknown): void {
    this.#start ||= performance.now();
    if ((payload as { readonly text?: unknown }).text !== text || --this.#left > 0) return;
    this.#end = performance.now();
    this.#all.resolve();
  }
}
