import type { MiddlewareContext } from "./middleware.js";
import { PassingIterator } from "./passing-iterator.js";
import type { RetryPolicy } from "./retry-policy.js";

type Result = IteratorResult<unknown, unknown>;

/** Opens a stream again when it fails before its first item. */
export class RetryingIterator extends PassingIterator {
  readonly #open: () => AsyncIterable<unknown>;
  readonly #policy: RetryPolicy;
  readonly #context: MiddlewareContext;
  #hasStarted = false;
  #left: AbortController | undefined;

  constructor(open: () => AsyncIterable<unknown>, policy: RetryPolicy, context: MiddlewareContext) {
    super(open());
    this.#open = open;
    this.#policy = policy;
    this.#context = context;
  }

  override next(): Promise<Result> {
    return this.#hasStarted ? this.source.next() : this.#start();
  }

  async #start(): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        const first = await this.source.next();
        this.#hasStarted = true;
        return first;
      } catch (error) {
        this.#left = new AbortController();
        await this.#policy.waitAfter(attempt, error, this.#context, this.#left.signal);
        this.source = this.#open()[Symbol.asyncIterator]();
      }
    }
  }

  override return(value?: unknown): Promise<Result> {
    this.#left?.abort();
    return super.return(value);
  }
}
