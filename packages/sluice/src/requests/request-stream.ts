import type { BoundHandler } from "../handlers/bound-handler.js";
import { closeRun } from "../handlers/close-run.js";
import type { Failure } from "../handlers/close-scope.js";
import type { ItemStream } from "../handlers/context-mediator.js";
import type { Dispatch } from "../handlers/dispatch.js";
import { iterateHandler } from "../handlers/iterate-handler.js";
import type { LineageEntry } from "../handlers/lineage.js";
import { obeysAbort } from "../handlers/obeys-abort.js";
import type { EventsError, RunningEvents } from "../handlers/runtime.js";
import type { Event } from "../messages/event.js";
import { CallQueue, type Method, type Reject, type Resolve, type Result } from "./call-queue.js";
import { endIterator } from "./end-iterator.js";
import { withinGrace } from "./within-grace.js";

function throwInto(iterator: AsyncIterator<unknown>, error: unknown): Promise<Result> {
  return (iterator as Required<AsyncIterator<unknown>>).throw(error);
}

const nextOf = (iterator: AsyncIterator<unknown>): Promise<Result> => iterator.next();

/**
 * The items of one streamed request (rules S).
 *
 * Written for speed: while a stream has neither events nor an outside signal, `next()` is one `then` with callbacks
 * made once, and hands on the very result of the handler's generator. From its first events on, a call is a promise
 * of its own, which can be settled before the generator is.
 */
export class RequestStream implements ItemStream<unknown> {
  readonly #dispatch: Dispatch;
  readonly #admit: () => Promise<void> | undefined;
  #state: "new" | "open" | "ended" = "new";
  #iterator: AsyncIterator<unknown, unknown, unknown> | undefined;
  #opening: Promise<void> | undefined;
  #lineage: LineageEntry | undefined;
  readonly #calls: CallQueue;
  #ownPromises: boolean;
  /** The item whose events are handled now. */
  #item: Result | undefined;
  #batch: RunningEvents | undefined;
  #onBatchEnd: (() => void) | undefined = undefined;
  /** The handler has ended, or was told to. */
  #isEnding = false;
  /** It was told to stop, and drops what has not started. */
  #isStopped = false;
  #handlerEnded = false;
  /** It came to its own end, which is not reported yet. */
  #isFinishing = false;
  /** Settles when the handler has ended and its scope is closed. */
  #ending: Promise<void> | undefined;
  /** Why it was aborted, until a call has been rejected with it. */
  #untold: Failure | undefined;
  /** It was aborted from above: whoever waits is told when the clean-up is done, not before. */
  #tellsAtEnd = false;
  /** What failed after the handler was told to stop. */
  #late: Failure | undefined;
  /** What the handler threw because it was told to stop: nobody need hear of it, but its work is not whole. */
  #interrupted: Failure | undefined;

  /** `admit` lets the dispatch in, or throws; it gives a promise while the mediator has not started yet. */
  constructor(dispatch: Dispatch, admit: () => Promise<void> | undefined) {
    this.#dispatch = dispatch;
    this.#admit = admit;
    this.#calls = new CallQueue((method, value) => this.#begin(method, value), dispatch.runtime.lineage);
    this.#ownPromises = dispatch.hasSignal;
  }

  /** It can be relied on as a native generator can. */
  get [Symbol.toStringTag](): string {
    return "AsyncGenerator";
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  next(): Promise<Result> {
    if (this.#calls.isBusy || this.#iterator === undefined || this.#isEnding) return this.#calls.add("next");
    this.#calls.isBusy = true;
    return this.#ownPromises
      ? new Promise(this.#pullWith)
      : this.#pull().then(this.#onPulled, this.#onThrown);
  }

  throw(error: unknown): Promise<Result> {
    if (this.#state === "new") this.#state = "ended";
    return this.#calls.add("throw", error);
  }

  async return(value?: unknown): Promise<Result> {
    if (this.#state === "new") this.#state = "ended";
    else if (this.#state === "open") {
      const ending = this.#leave();
      if (!this.#calls.isBusy) this.#untold = undefined;
      // Whatever failed is told once.
      this.#ending = ending?.catch(() => {});
      if (ending !== undefined) await this.#within(ending);
    }
    return { done: true, value: await value };
  }

  /** Ends with the stream around it, if it has not ended yet. What fails is told to that one, and to whoever left it. */
  end(failure: Failure | undefined): Promise<unknown> | undefined {
    if (this.#state !== "open") {
      this.#state = "ended";
      return undefined;
    }
    if (failure !== undefined) this.#dispatch.abort(failure.error);
    return this.#leave();
  }

  #leave(): Promise<void> | undefined {
    if (this.#isEnding) {
      this.#stop(undefined);
      if (this.#isFinishing) this.#answerEnded();
    } else {
      this.#ending = this.#cancel(this.#dispatch.failure);
      this.#answerEnded();
    }
    return this.#ending;
  }

  #begin(method: Method, value: unknown): void {
    if (this.#state === "ended" || this.#isEnding) {
      if (method === "throw") this.#calls.refuse(value);
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
      this.#iterator = opened instanceof Promise ? await opened : opened;
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

  /** Lets the handler go on in its own lineage, whatever made it go on: events that failed, a signal, the consumer. */
  #enter<Given extends unknown[], R>(body: (...given: Given) => R, ...given: Given): R {
    if (this.#lineage !== undefined) return this.#lineage.runInAsyncScope(body, undefined, ...given);
    const { lineage } = this.#dispatch.runtime;
    return lineage === undefined ? body(...given) : lineage.run(undefined, () => body(...given));
  }

  readonly #pullWith = (resolve: Resolve, reject: Reject): void => {
    this.#calls.take(resolve, reject);
    this.#pull().then(this.#onPulledOwn, this.#onThrownOwn);
  };

  #throwIn(error: unknown): void {
    const iterator = this.#iterator as AsyncIterator<unknown, unknown, unknown>;
    if (iterator.throw) this.#enter(throwInto, iterator, error).then(this.#onPulledOwn, this.#onThrownOwn);
    else this.#failAfter(this.#cancel({ error }), error);
  }

  readonly #onPulled = (result: Result): Result | Promise<Result> => {
    if (!result.done && !this.#dispatch.hasEvents && !this.#isEnding && !this.#calls.hasWaiting) {
      this.#calls.isBusy = false;
      return result;
    }
    this.#calls.answersLate = true;
    return new Promise((resolve, reject) => {
      this.#calls.take(resolve, reject);
      this.#onPulledOwn(result);
    });
  };

  readonly #onThrown = (error: unknown): Promise<Result> => {
    this.#calls.answersLate = true;
    return new Promise((resolve, reject) => {
      this.#calls.take(resolve, reject);
      this.#onThrownOwn(error);
    });
  };

  readonly #onPulledOwn = (result: Result): void => {
    if (this.#isEnding) return this.#answerEnded();
    if (result.done) {
      this.#isFinishing = true;
      this.#ending = this.#finish().then(
        () => this.#calls.answer(result),
        (error) => {
          if (!this.#calls.isUnanswered) throw error;
          this.#calls.refuse(error);
        },
      );
      return;
    }
    let events: readonly Event[] | undefined;
    try {
      events = this.#dispatch.take();
    } catch (error) {
      this.#failAfter(this.#cancel({ error }), error);
      return;
    }
    if (events === undefined) return this.#calls.answer(result);
    this.#ownPromises = true;
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
    const failure = error?.withResponse(item.value);
    if (this.#isEnding) {
      if (failure !== undefined && !obeysAbort(failure, this.#dispatch)) this.#fail(failure);
      this.#onBatchEnd?.();
    } else if (failure === undefined) this.#calls.answer(item);
    else this.#failAfter(this.#cancel({ error: failure }), failure);
  };

  readonly #onThrownOwn = (error: unknown): void => {
    if (!this.#isEnding) {
      this.#isEnding = this.#handlerEnded = true;
      const innerEnded = this.#dispatch.endInner({ error });
      this.#failAfter(this.#close({ error }, innerEnded), error);
      // A middleware that timed out need not wait for what it wraps; return() does.
      if (innerEnded !== undefined) this.#ending = innerEnded.then(() => this.#markEnded());
      return;
    }
    if (obeysAbort(error, this.#dispatch)) this.#interrupted = { error };
    else this.#fail(error);
    this.#answerEnded();
  };

  /** The handler is done: its scope closes, and what it emitted after its last item is handled (rule S4). */
  async #finish(): Promise<void> {
    this.#isEnding = this.#handlerEnded = true;
    const dispatch = this.#dispatch;
    const innerEnded = dispatch.endInner(undefined);
    try {
      const failed = innerEnded && (await innerEnded);
      if (failed !== undefined) throw failed.error;
      await dispatch.close();
      const events = this.#isStopped ? undefined : dispatch.take();
      if (events !== undefined) {
        const error = await new Promise<EventsError | undefined>((resolve) => {
          this.#batch = dispatch.runtime.events.process(events, dispatch, dispatch, resolve);
        });
        if (error !== undefined && !(this.#isStopped && obeysAbort(error, dispatch))) {
          if (!this.#tellsAtEnd) throw error;
          this.#log(error);
        }
      }
      if (this.#tellsAtEnd) throw dispatch.aborted?.error;
    } catch (error) {
      await this.#close({ error });
      throw error;
    }
    await this.#close(this.#isStopped ? dispatch.aborted : undefined);
  }

  /** Tells the handler to stop, whatever it is at (rule S7). */
  #stop(failure: Failure | undefined): void {
    this.#isStopped = true;
    if (failure !== undefined) this.#dispatch.abort(failure.error, { isFailure: true });
    else this.#dispatch.abort(new DOMException("The stream was closed.", "AbortError"), { isLeaving: true });
    this.#batch?.cancel();
  }

  /** Stops the handler and waits for its clean-up: running events, then its `finally`, then its scope. */
  async #cancel(failure: Failure | undefined): Promise<void> {
    this.#isEnding = true;
    const dispatch = this.#dispatch;
    const isAtWork = this.#calls.isBusy;
    const batchEnded =
      this.#batch &&
      new Promise<void>((resolve) => {
        this.#onBatchEnd = resolve;
      });
    const innerEnded = dispatch.endInner(failure);
    this.#stop(failure);
    if (this.#iterator === undefined) await this.#opening;
    try {
      if (this.#iterator !== undefined) await this.#enter(endIterator, this.#iterator, dispatch.handlerName);
    } catch (error) {
      this.#fail(error);
    }
    this.#handlerEnded = true;
    await batchEnded;
    const failed = innerEnded && (await innerEnded);
    if (failed !== undefined) this.#fail(failed.error);
    // A unit of work is whole only when nothing of it was dropped (rule U2).
    const dropped = isAtWork && dispatch.sharesScope ? dispatch.aborted : undefined;
    const late = this.#late;
    await this.#close(failure ?? late ?? this.#interrupted ?? dropped);
    if (late === undefined) return;
    if (failure === undefined) throw late.error;
    this.#log(late.error);
  }

  readonly #onAbort = (reason: unknown, isInherited: boolean): void => {
    this.#isStopped = true;
    this.#tellsAtEnd = isInherited && (!this.#isEnding || this.#isFinishing);
    if (this.#isEnding) {
      this.#batch?.cancel();
      if (!isInherited) this.#ending = this.#ending?.catch((error) => this.#log(error));
    } else this.#ending = this.#cancel(this.#dispatch.failure).catch((error) => this.#log(error));
    if (!isInherited) {
      this.#untold = { error: reason };
      this.#answerEnded();
    } else if (this.#tellsAtEnd && !this.#isFinishing) {
      this.#untold = { error: reason };
      void this.#ending?.then(() => this.#answerEnded());
    }
  };

  async #close(failure: Failure | undefined, innerEnded?: Promise<unknown>): Promise<void> {
    try {
      await closeRun(this.#dispatch, failure);
    } finally {
      if (innerEnded === undefined) this.#markEnded();
    }
  }

  #markEnded(): void {
    this.#state = "ended";
    this.#tellsAtEnd = false;
  }

  /** Keeps what failed while the stream ends: the first is told, the others are logged. */
  #fail(error: unknown): void {
    if (this.#late === undefined) this.#late = { error };
    else if (error !== this.#late.error) this.#log(error);
  }

  #log(error: unknown): void {
    const message = `${this.#dispatch.handlerName} failed after its stream had been stopped.`;
    this.#dispatch.runtime.logger.error({ error }, message);
  }

  /** Rejects the call at work; when it has its answer already, the error goes to the logger. */
  #tell(error: unknown): void {
    if (this.#calls.isUnanswered) this.#calls.refuse(error);
    else this.#log(error);
  }

  #failAfter(ending: Promise<void>, error: unknown): void {
    this.#ending = ending.then(
      () => this.#tell(error),
      (late) => this.#tell(late),
    );
  }

  /** Answers the call at work when the stream is at its end: with the reason of an abort, once, else with done. */
  #answerEnded(): void {
    if (this.#tellsAtEnd) return;
    const untold = this.#untold;
    if (untold === undefined || !this.#calls.isUnanswered)
      return this.#calls.answer({ done: true, value: undefined });
    this.#untold = undefined;
    this.#calls.refuse(untold.error);
  }

  /** A stream inside a middleware leaves the grace time to the one around it. */
  #within(ending: Promise<void>): Promise<void> {
    const dispatch = this.#dispatch;
    if (dispatch.outer !== undefined) return ending;
    return withinGrace(
      ending,
      dispatch.runtime.closeTimeoutMs,
      () => this.#stillRunning(),
      (error) => this.#log(error),
    );
  }

  #stillRunning(): string[] {
    const { handlerName } = this.#dispatch;
    const names = this.#handlerEnded ? [] : [handlerName];
    const handlers = this.#batch?.running ?? 0;
    if (handlers > 0) names.push(`${handlers} event handlers of ${handlerName}`);
    return names.length > 0 ? names : [`the scope of ${handlerName}`];
  }
}
