import type { BoundHandler } from "../handlers/bound-handler.js";
import { closeRun } from "../handlers/close-run.js";
import type { Failure } from "../handlers/close-scope.js";
import type { ItemStream } from "../handlers/context-mediator.js";
import type { Dispatch } from "../handlers/dispatch.js";
import { isAbortError } from "../handlers/fallback-handler.js";
import { iterateHandler } from "../handlers/iterate-handler.js";
import type { LineageEntry } from "../handlers/lineage.js";
import type { EventsError, RunningEvents } from "../handlers/runtime.js";
import type { Event } from "../messages/event.js";
import { endIterator } from "./end-iterator.js";
import { CloseTimeoutError } from "./stream-errors.js";

type Result = IteratorResult<unknown, unknown>;
type Resolve = (result: Result) => void;
type Reject = (error: unknown) => void;

interface Call {
  readonly method: "next" | "throw";
  readonly value: unknown;
  readonly resolve: Resolve;
  readonly reject: Reject;
}

const nextOf = (iterator: AsyncIterator<unknown>): Promise<Result> => iterator.next();

/**
 * The items of one streamed request (rules S). One call is at work at a time (`#busy`); others wait in line.
 *
 * Written for speed: while a stream has neither events nor an outside signal, `next()` is one `then` with callbacks
 * made once, and hands on the very result of the handler's generator. From its first events on, a call is a promise
 * of its own (`#resolve`, `#reject`), which can be settled before the generator is.
 */
export class RequestStream implements ItemStream<unknown> {
  readonly #dispatch: Dispatch;
  readonly #admit: () => Promise<void> | undefined;
  #state: "new" | "open" | "ended" = "new";
  #iterator: AsyncIterator<unknown, unknown, unknown> | undefined = undefined;
  #opening: Promise<void> | undefined = undefined;
  #lineage: LineageEntry | undefined = undefined;
  #busy = false;
  /** The call at work came in as a `then` on the generator, and hears of its answer three turns later. */
  #answersLate = false;
  #ownPromises: boolean;
  #resolve: Resolve | undefined = undefined;
  #reject: Reject | undefined = undefined;
  #waiting: Call[] | undefined = undefined;
  /** The item whose events are handled now. */
  #item: Result | undefined = undefined;
  #batch: RunningEvents | undefined = undefined;
  #onBatchEnd: (() => void) | undefined = undefined;
  /** The handler has ended, or was told to. */
  #isEnding = false;
  /** Settles when the handler has ended and its scope is closed. */
  #ending: Promise<void> | undefined = undefined;
  /** Why it was aborted, until a call has been rejected with it. */
  #untold: Failure | undefined = undefined;
  /** What the handler threw after it was told to stop. */
  #late: Failure | undefined = undefined;

  /** `admit` lets the dispatch in, or throws; it gives a promise while the mediator has not started yet. */
  constructor(dispatch: Dispatch, admit: () => Promise<void> | undefined) {
    this.#dispatch = dispatch;
    this.#admit = admit;
    this.#ownPromises = dispatch.hasSignal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  next(): Promise<Result> {
    if (this.#busy || this.#iterator === undefined || this.#isEnding) return this.#call("next");
    this.#busy = true;
    return this.#ownPromises
      ? new Promise(this.#pullWith)
      : this.#pull().then(this.#onPulled, this.#onThrown);
  }

  throw(error: unknown): Promise<Result> {
    if (this.#state === "new") this.#state = "ended";
    return this.#call("throw", error);
  }

  async return(value?: unknown): Promise<Result> {
    if (this.#state === "new") this.#state = "ended";
    else if (this.#state === "open") {
      if (this.#isEnding) this.#stop(undefined);
      else {
        this.#ending = this.#cancel(undefined);
        this.#answerEnded();
      }
      if (this.#ending !== undefined) await this.#within(this.#ending);
    }
    return { done: true, value: await value };
  }

  /** Ends with the stream around it, if it has not ended yet. */
  end(failure: Failure | undefined): Promise<unknown> | undefined {
    if (this.#state === "open" && this.#dispatch.place < 0) return undefined;
    if (failure !== undefined) this.#dispatch.abort(failure.error);
    return this.return();
  }

  #call(method: Call["method"], value?: unknown): Promise<Result> {
    return new Promise((resolve, reject) => {
      const call: Call = { method, value, resolve, reject };
      if (!this.#busy) return this.#begin(call);
      this.#waiting ??= [];
      this.#waiting.push(call);
    });
  }

  #begin({ method, value, resolve, reject }: Call): void {
    this.#busy = true;
    this.#resolve = resolve;
    this.#reject = reject;
    if (this.#state === "ended" || this.#isEnding) {
      if (method === "throw") this.#refuse(value);
      else this.#answerEnded();
    } else if (this.#iterator === undefined) this.#opening = this.#open();
    else if (method === "next") this.#pull().then(this.#onPulledOwn, this.#onThrownOwn);
    else this.#throwIn(value);
  }

  async #open(): Promise<void> {
    this.#state = "open";
    const dispatch = this.#dispatch;
    try {
      const admitted = this.#admit();
      dispatch.onAbort = this.#onAbort;
      dispatch.followOptions();
      if (admitted !== undefined) await admitted;
      if (this.#isEnding) return;
      if (dispatch.aborted !== undefined) throw dispatch.aborted.error;
      if (dispatch.entersLineage) this.#lineage = dispatch.runtime.lineage?.entry(dispatch);
      const handler = dispatch.handler as BoundHandler;
      const opened = this.#lineage
        ? this.#lineage.runInAsyncScope(iterateHandler, undefined, handler, dispatch)
        : iterateHandler(handler, dispatch);
      const iterable = opened instanceof Promise ? await opened : opened;
      this.#iterator = iterable[Symbol.asyncIterator]();
    } catch (error) {
      this.#onThrownOwn(error);
      return;
    }
    if (!this.#isEnding) this.#pull().then(this.#onPulledOwn, this.#onThrownOwn);
  }

  #pull(): Promise<Result> {
    const iterator = this.#iterator as AsyncIterator<unknown>;
    return this.#lineage ? this.#lineage.runInAsyncScope(nextOf, undefined, iterator) : iterator.next();
  }

  readonly #pullWith = (resolve: Resolve, reject: Reject): void => {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#pull().then(this.#onPulledOwn, this.#onThrownOwn);
  };

  #throwIn(error: unknown): void {
    const iterator = this.#iterator as AsyncIterator<unknown, unknown, unknown>;
    if (iterator.throw) iterator.throw(error).then(this.#onPulledOwn, this.#onThrownOwn);
    else this.#failAfter(this.#cancel({ error }), error);
  }

  readonly #onPulled = (result: Result): Result | Promise<Result> => {
    if (!result.done && !this.#dispatch.hasEvents && !this.#isEnding && this.#waiting === undefined) {
      this.#busy = false;
      return result;
    }
    this.#ownPromises = this.#answersLate = true;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#onPulledOwn(result);
    });
  };

  readonly #onThrown = (error: unknown): Promise<Result> => {
    this.#answersLate = true;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#onThrownOwn(error);
    });
  };

  readonly #onPulledOwn = (result: Result): void => {
    if (this.#isEnding) return this.#answerEnded();
    if (result.done) {
      this.#ending = this.#finish();
      this.#ending.then(() => this.#answer(result), this.#refuse);
      return;
    }
    let events: readonly Event[] | undefined;
    try {
      events = this.#dispatch.take();
    } catch (error) {
      this.#failAfter(this.#cancel({ error }), error);
      return;
    }
    if (events === undefined) return this.#answer(result);
    this.#item = result;
    const batch = this.#dispatch.runtime.events.process(
      events,
      this.#dispatch,
      this.#dispatch,
      this.#onEventsDone,
    );
    if (this.#item === result) this.#batch = batch;
  };

  readonly #onEventsDone = (error: EventsError | undefined): void => {
    const item = this.#item as Result;
    this.#item = this.#batch = undefined;
    if (this.#isEnding) this.#onBatchEnd?.();
    else if (error === undefined) this.#answer(item);
    else {
      const failure = error.withResponse(item.value);
      this.#failAfter(this.#cancel({ error: failure }), failure);
    }
  };

  readonly #onThrownOwn = (error: unknown): void => {
    if (!this.#isEnding) {
      this.#isEnding = true;
      const innerEnded = this.#dispatch.endInner({ error });
      this.#failAfter(closeRun(this.#dispatch, { error }), error);
      // A middleware that timed out need not wait for what it wraps; return() does.
      if (innerEnded !== undefined) this.#ending = innerEnded.then(() => {});
      return;
    }
    if (!isAbortError(error) && error !== this.#dispatch.aborted?.error) this.#late = { error };
    this.#answerEnded();
  };

  /** The handler is done: its scope closes, and what it emitted after its last item is handled (rule S4). */
  async #finish(): Promise<void> {
    this.#isEnding = true;
    const dispatch = this.#dispatch;
    const innerEnded = dispatch.endInner(undefined);
    try {
      if (innerEnded !== undefined) await innerEnded;
      await this.#dispatch.close();
      const events = this.#dispatch.take();
      if (events !== undefined) {
        const error = await new Promise<EventsError | undefined>((resolve) => {
          this.#batch = dispatch.runtime.events.process(events, dispatch, this.#dispatch, resolve);
        });
        if (dispatch.aborted !== undefined)
          return await closeRun(this.#dispatch, { error: dispatch.aborted.error });
        if (error !== undefined) throw error;
      }
    } catch (error) {
      await closeRun(this.#dispatch, { error });
      throw error;
    }
    await closeRun(this.#dispatch, undefined);
  }

  /** Tells the handler to stop, whatever it is at (rule S7). */
  #stop(failure: Failure | undefined): void {
    this.#dispatch.onAbort = undefined;
    this.#dispatch.abort(failure ? failure.error : new DOMException("The stream was closed.", "AbortError"));
    this.#batch?.cancel();
  }

  /** Stops the handler and waits for its clean-up: running events, then its `finally`, then its scope. */
  async #cancel(failure: Failure | undefined): Promise<void> {
    this.#isEnding = true;
    const batchEnded =
      this.#batch &&
      new Promise<void>((resolve) => {
        this.#onBatchEnd = resolve;
      });
    const innerEnded = this.#dispatch.endInner(failure);
    this.#stop(failure);
    await this.#opening;
    try {
      if (this.#iterator !== undefined) await endIterator(this.#iterator, this.#dispatch.handlerName);
    } catch (error) {
      this.#late = { error };
    }
    await batchEnded;
    if (innerEnded !== undefined) this.#late ??= await innerEnded;
    const late = this.#late;
    await closeRun(this.#dispatch, failure ?? late);
    if (late === undefined) return;
    if (failure === undefined) throw late.error;
    this.#dispatch.runtime.logger.error(
      late,
      `${this.#dispatch.handlerName} failed after its stream had been stopped.`,
    );
  }

  readonly #onAbort = (reason: unknown): void => {
    this.#untold = { error: reason };
    if (this.#isEnding) this.#batch?.cancel();
    else {
      this.#ending = this.#cancel(this.#untold);
      this.#ending.catch(() => {});
    }
    this.#answerEnded();
  };

  #failAfter(ending: Promise<void>, error: unknown): void {
    this.#ending = ending;
    ending.then(() => this.#refuse(error), this.#refuse);
  }

  /** Answers the call at work when the stream is at its end: with the reason of an abort, once, else with done. */
  #answerEnded(): void {
    const untold = this.#untold;
    if (untold === undefined || this.#reject === undefined)
      return this.#answer({ done: true, value: undefined });
    this.#untold = undefined;
    this.#refuse(untold.error);
  }

  #answer(result: Result): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#resolve = this.#reject = undefined;
    resolve(result);
    this.#release();
  }

  readonly #refuse = (error: unknown): void => {
    const reject = this.#reject;
    if (reject === undefined) return;
    this.#resolve = this.#reject = undefined;
    reject(error);
    this.#release();
  };

  /** The call at work is answered: the next one begins, but no answer may overtake this one (rule S10). */
  #release(): void {
    if (!this.#answersLate) return this.#beginNext();
    this.#answersLate = false;
    void Promise.resolve()
      .then(() => {})
      .then(() => {})
      .then(this.#beginNext);
  }

  readonly #beginNext = (): void => {
    this.#busy = false;
    const next = this.#waiting?.shift();
    if (this.#waiting?.length === 0) this.#waiting = undefined;
    if (next !== undefined) this.#begin(next);
  };

  /** Waits for clean-up, but not for ever (rule S8). A stream inside a middleware leaves that to the one around it. */
  #within(ending: Promise<void>): Promise<void> {
    if (this.#dispatch.outer !== undefined) return ending;
    const { closeTimeoutMs } = this.#dispatch.runtime;
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new CloseTimeoutError(closeTimeoutMs, this.#stillRunning()));
      const timer = setTimeout(giveUp, closeTimeoutMs);
      ending.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  #stillRunning(): string[] {
    const handlers = this.#batch?.running ?? 0;
    return handlers > 0
      ? [this.#dispatch.handlerName, `${handlers} of its event handlers`]
      : [this.#dispatch.handlerName];
  }
}
