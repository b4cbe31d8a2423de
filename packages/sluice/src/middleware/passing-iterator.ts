/**
 * An iterator around another. What is not overridden goes straight through, `return` and `throw` among it, so that
 * the wrapped one always ends. Written by hand: an async generator would double the cost of an item.
 */
export class PassingIterator implements AsyncIterableIterator<unknown, unknown, unknown> {
  protected source: AsyncIterator<unknown, unknown, unknown>;

  constructor(source: AsyncIterable<unknown>) {
    this.source = source[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    return this.source.next();
  }

  async return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return this.source.return ? this.source.return(value) : { done: true, value };
  }

  async throw(error: unknown): Promise<IteratorResult<unknown, unknown>> {
    if (this.source.throw) return this.source.throw(error);
    await this.source.return?.();
    throw error;
  }
}
