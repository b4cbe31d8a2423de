import { PassingIterator } from "./passing-iterator.js";

type Result = IteratorResult<unknown, unknown>;

const nothing: AsyncIterable<unknown> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

/** A stream that is opened when a check has passed. */
export class CheckedIterator extends PassingIterator {
  #check: Promise<unknown> | undefined;
  readonly #open: () => AsyncIterable<unknown>;
  #isLeft = false;

  constructor(check: Promise<unknown>, open: () => AsyncIterable<unknown>) {
    super(nothing);
    check.catch(() => {});
    this.#check = check;
    this.#open = open;
  }

  override next(): Promise<Result> {
    return this.#check === undefined ? this.source.next() : this.#start(this.#check);
  }

  async #start(check: Promise<unknown>): Promise<Result> {
    await check;
    this.#check = undefined;
    if (!this.#isLeft) this.source = this.#open()[Symbol.asyncIterator]();
    return this.source.next();
  }

  override return(value?: unknown): Promise<Result> {
    this.#isLeft = true;
    return super.return(value);
  }
}
