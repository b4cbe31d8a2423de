/// <reference lib="esnext.disposable" preserve="true" />
import type { ItemStream } from "../handlers/context-mediator.js";

type Result<T> = IteratorResult<T, unknown>;

/** Items that a generator takes from afar, which it can be called off from while it waits for one. */
export class RemoteItems<T> implements ItemStream<T> {
  readonly #items: AsyncGenerator<T, void, void>;
  readonly #leave: () => void;

  /** `leave` ends what the generator waits for, and the generator. */
  constructor(items: AsyncGenerator<T, void, void>, leave: () => void) {
    this.#items = items;
    this.#leave = leave;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get [Symbol.toStringTag](): string {
    return "AsyncGenerator";
  }

  next(): Promise<Result<T>> {
    return this.#items.next();
  }

  async return(value?: unknown): Promise<Result<T>> {
    this.#leave();
    await this.#items.return();
    return { done: true, value: await value };
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
