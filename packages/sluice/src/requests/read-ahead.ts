import type { BoundHandler } from "../handlers/bound-handler.js";
import type { Failure } from "../handlers/close-scope.js";
import type { HandlerRun } from "../handlers/handler-run.js";
import { iterateHandler } from "../handlers/iterate-handler.js";
import { obeysAbort } from "../handlers/obeys-abort.js";
import type { EventsError, RunningEvents } from "../handlers/runtime.js";
import { endIterator } from "./end-iterator.js";

type Result = IteratorResult<unknown, unknown>;

/** Lets a streaming handler run ahead of its consumer (rule S5). */
export function readingAhead(handler: BoundHandler, readAhead: number): BoundHandler {
  const open = async (run: HandlerRun) => {
    const fork = run.fork(handler);
    return new ReadAhead(await iterateHandler(handler, fork), fork, readAhead);
  };
  return { ...handler, open };
}

/**
 * Pulls up to `readAhead` items more than were asked for, and starts the events of each as it comes; an item leaves
 * in its turn, after its own events.
 */
class ReadAhead implements AsyncIterableIterator<unknown, unknown, unknown> {
  readonly #source: AsyncIterator<unknown, unknown, unknown>;
  readonly #run: HandlerRun;
  /** How many items may be pulled before the next is asked for. */
  #credit: number;
  #pulling: Promise<void> | undefined;
  /** What the consumer threw, until it has reached the handler. */
  #thrown: Failure | undefined;
  #ended = false;
  /** What the handler threw. */
  #failure: Failure | undefined;
  /** The items in order, each settled when its events are. */
  readonly #ready: Promise<Result>[] = [];
  #onReady: (() => void) | undefined = undefined;
  /** The call at work. */
  #call: Promise<Result> | undefined;
  /** What is in process, by when it is done: a batch that is done may be used again for another item. */
  readonly #batches = new Map<Promise<unknown>, RunningEvents>();
  /** Settles when the events of the last item that had any are handled. */
  #lastEvents: Promise<unknown> | undefined;
  #cancelled = false;
  /** Why it stopped by itself, for a consumer who leaves before the call at work is told. */
  #stoppedFor: Failure | undefined;

  constructor(source: AsyncIterator<unknown, unknown, unknown>, run: HandlerRun, readAhead: number) {
    this.#source = source;
    this.#run = run;
    this.#credit = readAhead;
  }

  /** It can be relied on as a native generator can. */
  get [Symbol.toStringTag](): string {
    return "AsyncGenerator";
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    this.#call = this.#next();
    return this.#call;
  }

  async #next(): Promise<Result> {
    this.#credit++;
    this.#pull();
    if (this.#ready.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#onReady = resolve;
      });
    }
    const ready = this.#ready.shift();
    if (ready === undefined) return { done: true, value: undefined };
    try {
      return await ready;
    } catch (error) {
      if (!this.#cancelled && error !== this.#failure?.error) await this.#stop(error);
      throw error;
    }
  }

  /** Reaches the handler at the yield where it is, which may be ahead; the items before that leave first. */
  throw(error: unknown): Promise<Result> {
    if (this.#source.throw !== undefined && !this.#ended) {
      this.#thrown = { error };
      return this.next();
    }
    this.#call = this.#stop(error).then(() => Promise.reject(error));
    return this.#call;
  }

  async return(value?: unknown): Promise<Result> {
    const failures = await this.#end(this.#run.dispatch.failure, this.#call);
    if (this.#stoppedFor !== undefined) failures.unshift(this.#stoppedFor);
    const [failure, ...others] = failures;
    this.#log(others);
    if (failure !== undefined) throw failure.error;
    return { done: true, value };
  }

  /** An item's events failed: the handler is told to stop, and its clean-up awaited, before the error goes out. */
  async #stop(error: unknown): Promise<void> {
    const { dispatch } = this.#run;
    this.#stoppedFor = { error };
    dispatch.abort(error, { isFailure: true });
    this.#log((await this.#end({ error })).filter((late) => late.error !== error));
  }

  /**
   * Stops the handler and waits for its clean-up; gives what failed meanwhile, and of items that never left. What the
   * call at work is told is not among it.
   */
  async #end(failure: Failure | undefined, call?: Promise<Result>): Promise<Failure[]> {
    this.#ended = this.#cancelled = true;
    for (const batch of this.#batches.values()) batch.cancel();
    const failures: Failure[] = [];
    try {
      await endIterator(this.#source, this.#run.handlerName);
    } catch (error) {
      failures.push({ error });
    }
    await this.#pulling;
    for (const settled of await Promise.allSettled(this.#ready.splice(0))) {
      if (settled.status === "rejected" && !obeysAbort(settled.reason, this.#run.dispatch)) {
        failures.push({ error: settled.reason });
      }
    }
    const told = await call?.then(
      () => undefined,
      (error) => ({ error }),
    );
    try {
      await this.#run.close(failure ?? failures[0] ?? told);
    } catch (error) {
      failures.push({ error });
    }
    return failures;
  }

  #log(failures: readonly Failure[]): void {
    const { dispatch, handlerName } = this.#run;
    for (const { error } of failures) {
      dispatch.runtime.logger.error({ error }, `${handlerName} failed after its stream had been stopped.`);
    }
  }

  #pull(): void {
    if (this.#pulling !== undefined || this.#ended || this.#credit === 0) return;
    this.#credit--;
    const thrown = this.#thrown;
    this.#thrown = undefined;
    const pulled = thrown === undefined ? this.#source.next() : this.#source.throw?.(thrown.error);
    this.#pulling = (pulled as Promise<Result>).then(
      (result) => this.#push(result.done ? this.#finish(result) : this.#settle(result)),
      (error) => this.#push(this.#fail(error)),
    );
  }

  #push(ready: Promise<Result>): void {
    // Who asks for it in its turn hears of a failure; nobody has to listen before.
    ready.catch(() => {});
    this.#ready.push(ready);
    this.#pulling = undefined;
    this.#onReady?.();
    this.#onReady = undefined;
    this.#pull();
  }

  async #fail(error: unknown): Promise<never> {
    this.#ended = true;
    this.#failure = { error };
    await this.#run.close(this.#failure);
    throw error;
  }

  async #finish(result: Result): Promise<Result> {
    this.#ended = true;
    await this.#run.close(this.#cancelled ? this.#run.dispatch.failure : undefined);
    return this.#settle(result);
  }

  /** Starts an item's events; resolves with the item when they are handled. */
  async #settle(result: Result): Promise<Result> {
    const events = this.#run.take();
    if (events === undefined) return result;
    const { dispatch } = this.#run;
    const sink = dispatch.runtime.events;
    const { promise, resolve } = Promise.withResolvers<EventsError | undefined>();
    const previous = this.#lastEvents;
    this.#lastEvents = promise;
    if (sink.isSequential(dispatch)) await previous;
    if (this.#cancelled) {
      resolve(undefined);
      return result;
    }
    const batch = sink.process(events, dispatch, this.#run, resolve);
    this.#batches.set(promise, batch);
    const error = await promise;
    this.#batches.delete(promise);
    if (error !== undefined) throw result.done ? error : error.withResponse(result.value);
    return result;
  }
}
