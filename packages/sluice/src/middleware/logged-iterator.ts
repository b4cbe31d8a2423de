import type { LogEntry } from "./log-entry.js";
import { PassingIterator } from "./passing-iterator.js";

type Result = IteratorResult<unknown, unknown>;

/** Counts the items of a stream, and logs its end. */
export class LoggedIterator extends PassingIterator {
  readonly #entry: LogEntry;
  #items = 0;
  #hasEnded = false;

  constructor(source: AsyncIterable<unknown>, entry: LogEntry) {
    super(source);
    this.#entry = entry;
  }

  override next(): Promise<Result> {
    return this.source.next().then(this.#onResult, this.#onError);
  }

  override return(value?: unknown): Promise<Result> {
    return super.return(value).then((result) => {
      this.#end("was left");
      return result;
    }, this.#onError);
  }

  override throw(error: unknown): Promise<Result> {
    return super.throw(error).then(this.#onResult, this.#onError);
  }

  readonly #onResult = (result: Result): Result => {
    if (result.done) this.#end("ended");
    else this.#items++;
    return result;
  };

  readonly #onError = (error: unknown): never => {
    if (!this.#hasEnded) this.#entry.fail(error, { items: this.#items });
    this.#hasEnded = true;
    throw error;
  };

  #end(how: "ended" | "was left"): void {
    if (!this.#hasEnded) this.#entry.end(how, { items: this.#items });
    this.#hasEnded = true;
  }
}
