import type { Request } from "../messages/request.js";
import type { MiddlewareContext, Next } from "./middleware.js";
import { PassingIterator } from "./passing-iterator.js";
import { TimeoutError } from "./timeout-error.js";

type Result = IteratorResult<unknown, unknown>;

/** Fails a stream when an item takes too long. A timer for each item would cost several times the item: it has one. */
export class TimedIterator extends PassingIterator {
  readonly #ms: number;
  readonly #request: Request<unknown>;
  readonly #context: MiddlewareContext;
  readonly #controller: AbortController;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the item that is waited for was asked for; `undefined` between two items. */
  #askedAt: number | undefined;
  #reject: (error: unknown) => void = () => {};
  #ending: Promise<Result> | undefined;

  constructor(
    ms: number,
    request: Request<unknown>,
    next: Next<Request<unknown>, AsyncIterable<unknown>>,
    context: MiddlewareContext,
  ) {
    const controller = new AbortController();
    super(next(request, { signal: controller.signal }));
    this.#ms = ms;
    this.#request = request;
    this.#context = context;
    this.#controller = controller;
  }

  override next(): Promise<Result> {
    if (this.#ending !== undefined) return Promise.resolve({ done: true, value: undefined });
    this.#askedAt = performance.now();
    this.#timer ??= setTimeout(this.#onTime, this.#ms);
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.source.next().then(
        (result) => {
          this.#askedAt = undefined;
          if (result.done) this.#forget();
          resolve(result);
        },
        (error) => {
          this.#forget();
          reject(error);
        },
      );
    });
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    if (this.#askedAt === undefined) return;
    const left = this.#askedAt + this.#ms - performance.now();
    if (left > 0) this.#timer = setTimeout(this.#onTime, left);
    else this.#stop();
  };

  /** Tells the handler to stop; its clean-up goes on by itself. */
  #stop(): void {
    const { handlerName, logger } = this.#context;
    const failure = new TimeoutError("item", this.#ms, handlerName, this.#request);
    this.#reject(failure);
    this.#controller.abort(failure);
    this.#ending = super.return();
    this.#ending.catch((error) => {
      if (error !== failure) logger.error({ error }, `${handlerName} failed after it had timed out.`);
    });
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#askedAt = this.#timer = undefined;
  }

  override return(value?: unknown): Promise<Result> {
    this.#forget();
    return this.#ending ?? super.return(value);
  }

  override throw(error: unknown): Promise<Result> {
    this.#forget();
    return super.throw(error);
  }
}
