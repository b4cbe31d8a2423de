import type { BoundHandler } from "../handlers/bound-handler.js";
import type { Failure } from "../handlers/close-scope.js";
import type { HandlerRun } from "../handlers/handler-run.js";
import { iterateHandler } from "../handlers/iterate-handler.js";
import type { EventsError, RunningEvents } from "../handlers/runtime.js";
import { endIterator } from "./end-iterator.js";

type Result = IteratorResult<unknown, unknown>;

/** Lets a streaming handler run ahead of its consumer (rule S5). */
export function readingAhead(handler: BoundHandler, readAhead: number): BoundHandler {
  const open = async (run: HandlerRun) => {
    const fork = run.fork(handler);
    const iterable = await iterateHandler(handler, fork);
    return new ReadAhead(iterable[Symbol.asyncIterator](), fork, readAhead);
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
  #pulling: Promise<void> | undefined = undefined;
  #ended = false;
  /** The items in order, each settled when its events are. */
  readonly #ready: Promise<Result>[] = [];
  #onReady: (() => void) | undefined = undefined;
  /** What is in process, by when it is done: a batch that is done may be used again for another item. */
  readonly #batches = new Map<Promise<unknown>, RunningEvents>();
  /** Settles when the events of the last item that had any are handled. */
  #lastEvents: Promise<unknown> | undefined = undefined;
  /** Settles when the scope of a handler that came to its own end is closed. */
  #closing: Promise<void> | undefined = undefined;
  #cancelled = false;

  constructor(source: AsyncIterator<unknown, unknown, unknown>, run: HandlerRun, readAhead: number) {
    this.#source = source;
    this.#run = run;
    this.#credit = readAhead;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
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
      const nothingRuns = this.#closing !== undefined && this.#ready.length === 0;
      if (!nothingRuns) await this.#stop(error);
      throw error;
    }
  }

  async return(value?: unknown): Promise<Result> {
    await this.#end(undefined);
    return { done: true, value };
  }

  /** An item's events failed: the handler is told to stop, and its clean-up awaited, before the error goes out. */
  async #stop(error: unknown): Promise<void> {
    const { dispatch, handlerName } = this.#run;
    dispatch.onAbort = undefined;
    dispatch.abort(error);
    try {
      await this.#end({ error });
    } catch (late) {
      if (late === error) return;
      dispatch.runtime.logger.error(
        { error: late },
        `${handlerName} failed after its stream had been stopped.`,
      );
    }
  }

  async #end(failure: Failure | undefined): Promise<void> {
    this.#ended = this.#cancelled = true;
    for (const batch of this.#batches.values()) batch.cancel();
    try {
      await endIterator(this.#source, this.#run.handlerName);
    } finally {
      await this.#pulling;
      await Promise.all(this.#batches.keys());
      await this.#closing;
      await this.#run.close(failure);
    }
  }

  #pull(): void {
    if (this.#pulling !== undefined || this.#ended || this.#credit === 0) return;
    this.#credit--;
    this.#pulling = this.#source.next().then(
      (result) => this.#push(result.done ? this.#finish(result) : this.#settle(result)),
      (error) => {
        this.#ended = true;
        this.#closing = this.#run.close({ error });
        this.#push(this.#closing.then(() => Promise.reject(error)));
      },
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

  async #finish(result: Result): Promise<Result> {
    this.#ended = true;
    this.#closing = this.#run.close();
    await this.#closing;
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
