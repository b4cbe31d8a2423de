import type { Request } from "../messages/request.js";
import type { MiddlewareContext, Next } from "./middleware.js";
import { PassingIterator } from "./passing-iterator.js";
import { TimeoutError } from "./timeout-error.js";

type Result = IteratorResult<unknown, unknown>;

/** Fails a stream when an item takes too long. */
export class TimedIterator extends PassingIterator {
  readonly #ms: number;
  readonly #request: Request<unknown>;
  readonly #context: MiddlewareContext;
  readonly #controller: AbortController;
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
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#stop()), this.#ms);
      this.source.next().then(
        (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        (error) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }

  /** Tells the handler to stop; its clean-up goes on by itself. */
  #stop(): TimeoutError {
    const { handlerName, logger } = this.#context;
    const failure = new TimeoutError("item", this.#ms, handlerName, this.#request);
    this.#controller.abort(failure);
    this.#ending = super.return();
    this.#ending.catch((error) => {
      if (error !== failure) logger.error({ error }, `${handlerName} failed after it had timed out.`);
    });
    return failure;
  }

  override return(value?: unknown): Promise<Result> {
    return this.#ending ?? super.return(value);
  }
}
