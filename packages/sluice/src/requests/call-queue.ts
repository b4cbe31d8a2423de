import type { LineageEntry, LineageTracker } from "../handlers/lineage.js";

export type Result = IteratorResult<unknown, unknown>;
export type Resolve = (result: Result) => void;
export type Reject = (error: unknown) => void;
export type Method = "next" | "throw";

interface Call {
  readonly method: Method;
  readonly value: unknown;
  readonly resolve: Resolve;
  readonly reject: Reject;
  /** Where it was called from, when it had to wait: the handler must not run in the context of what kept it waiting. */
  context?: LineageEntry | undefined;
}

/** The calls of `next()` and `throw()` on one stream: one is at work, the others wait in line (rule S10). */
export class CallQueue {
  isBusy = false;
  /** The call at work came in as a `then` on the generator, and hears of its answer three turns later. */
  answersLate = false;
  /** Those of the call at work, until it has its answer. */
  #resolve: Resolve | undefined;
  #reject: Reject | undefined;
  #waiting: Call[] | undefined;
  readonly #begin: (method: Method, value: unknown) => void;
  readonly #lineage: LineageTracker | undefined;

  constructor(begin: (method: Method, value: unknown) => void, lineage: LineageTracker | undefined) {
    this.#begin = begin;
    this.#lineage = lineage;
  }

  get hasWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Whether the call at work still waits for its answer. */
  get isUnanswered(): boolean {
    return this.#reject !== undefined;
  }

  add(method: Method, value?: unknown): Promise<Result> {
    return new Promise((resolve, reject) => {
      const call: Call = { method, value, resolve, reject };
      if (!this.isBusy) return this.#start(call);
      call.context = this.#lineage?.here();
      this.#waiting ??= [];
      this.#waiting.push(call);
    });
  }

  /** The call at work is answered by these from now on. */
  take(resolve: Resolve, reject: Reject): void {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  answer(result: Result): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#resolve = this.#reject = undefined;
    resolve(result);
    this.#release();
  }

  refuse(error: unknown): void {
    const reject = this.#reject;
    if (reject === undefined) return;
    this.#resolve = this.#reject = undefined;
    reject(error);
    this.#release();
  }

  /** The call at work is answered: the next one begins, but no answer may overtake this one. */
  #release(): void {
    if (!this.answersLate) return this.#startNext();
    this.answersLate = false;
    void Promise.resolve()
      .then(() => {})
      .then(() => {})
      .then(() => this.#startNext());
  }

  #startNext(): void {
    this.isBusy = false;
    const next = this.#waiting?.shift();
    if (this.#waiting?.length === 0) this.#waiting = undefined;
    if (next?.context !== undefined) {
      next.context.runInAsyncScope(() => this.#start(next), undefined);
    } else if (next !== undefined) this.#start(next);
  }

  #start({ method, value, resolve, reject }: Call): void {
    this.isBusy = true;
    this.take(resolve, reject);
    this.#begin(method, value);
  }
}
