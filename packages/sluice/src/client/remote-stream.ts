/// <reference lib="esnext.disposable" preserve="true" />
import type { ItemStream } from "../handlers/context-mediator.js";
import type { ProblemDetails } from "../http/problem.js";
import { type Call, waitForNextTry } from "./call.js";
import { ConnectionLostError, ProtocolError } from "./client-errors.js";
import { Exchange } from "./exchange.js";
import { NdjsonFrames } from "./ndjson-frames.js";
import { remoteError } from "./remote-error-of.js";

type Result = IteratorResult<unknown, unknown>;

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The items of a request that is streamed from afar (rules S). One chunk of the answer is read when an item is asked
 * for that is not here yet, so a slow consumer slows the far handler.
 *
 * Written for speed: an item that is here already is handed out without waiting in line.
 */
export class RemoteStream implements ItemStream<unknown> {
  readonly #call: Call;
  readonly #outer: AbortSignal | undefined;
  readonly #stop = new AbortController();
  readonly #onAbort = () => this.#abort();
  #state: "new" | "open" | "ended" = "new";
  /** The same as the signal says, which is slow to ask. */
  #isAborted = false;
  #exchange: Exchange | undefined;
  #frames: NdjsonFrames;
  readonly #waiting: Waiting[] = [];

  constructor(call: Call, outer: AbortSignal | undefined) {
    this.#call = call;
    this.#outer = outer;
    this.#frames = new NdjsonFrames(call.maxLength);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  get [Symbol.toStringTag](): string {
    return "AsyncGenerator";
  }

  next(): Promise<Result> {
    if (this.#state === "ended") return Promise.resolve({ done: true, value: undefined });
    if (this.#waiting.length === 0 && this.#frames.items > 0 && !this.#isAborted) {
      try {
        const result = this.#take();
        if (result !== undefined) return Promise.resolve(result);
      } catch (error) {
        void this.#end();
        return Promise.reject(error);
      }
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (this.#waiting.length === 1) void this.#serve();
    });
  }

  /** Ends the far handler. It does not wait for the clean-up there, of which this side hears nothing. */
  async return(value?: unknown): Promise<IteratorResult<never, unknown>> {
    await this.#end();
    return { done: true, value: await value };
  }

  /** Ends the far handler, which hears nothing of the error, and rejects with it. */
  async throw(error: unknown): Promise<never> {
    await this.#end();
    throw error;
  }

  /** Answers the calls of `next()` in their order (rule S10). */
  async #serve(): Promise<void> {
    while (this.#waiting.length > 0) {
      try {
        const result = await this.#advance();
        this.#waiting.shift()?.resolve(result);
      } catch (error) {
        this.#waiting.shift()?.reject(error);
        void this.#end();
      }
    }
  }

  async #advance(): Promise<Result> {
    const { signal } = this.#stop;
    if (this.#state === "new") this.#start();
    for (let attempt = 1; ; attempt++) {
      try {
        signal.throwIfAborted();
        return await this.#nextOf(await this.#opened());
      } catch (error) {
        if (this.#frames.items > 0 || signal.aborted) throw error;
        await this.#exchange?.close();
        this.#exchange = undefined;
        this.#frames = new NdjsonFrames(this.#call.maxLength);
        await waitForNextTry(this.#call, attempt, error, signal);
      }
    }
  }

  #start(): void {
    this.#state = "open";
    this.#outer?.addEventListener("abort", this.#onAbort);
    if (this.#outer?.aborted) this.#abort();
  }

  async #opened(): Promise<Exchange> {
    if (this.#exchange !== undefined) return this.#exchange;
    this.#exchange = new Exchange(this.#call, this.#stop.signal);
    const status = await this.#exchange.open();
    if (status !== 204) return this.#exchange;
    throw new ProtocolError(this.#call.name, 0, "the answer has no content, expected a stream");
  }

  async #nextOf(exchange: Exchange): Promise<Result> {
    for (;;) {
      const result = this.#take();
      if (result !== undefined) return result;
      const { items } = this.#frames;
      const text = await exchange.read(items);
      if (text === undefined) {
        throw new ConnectionLostError(this.#call.name, items, "the stream was cut before its end");
      }
      this.#frames.add(text);
    }
  }

  /** The next frame of what is here. */
  #take(): Result | undefined {
    const { name } = this.#call;
    const frames = this.#frames;
    switch (this.#read()) {
      case "item":
        return { done: false, value: frames.item };
      case "end":
        this.#finish();
        return { done: true, value: undefined };
      case "fail": {
        const problem = frames.problem as ProblemDetails;
        throw remoteError(name, problem.status, problem, frames.items);
      }
      default:
        return undefined;
    }
  }

  #read(): ReturnType<NdjsonFrames["next"]> {
    try {
      return this.#frames.next();
    } catch (cause) {
      throw new ProtocolError(this.#call.name, this.#frames.items, (cause as Error).message, { cause });
    }
  }

  #abort(): void {
    this.#isAborted = true;
    this.#stop.abort(this.#outer?.reason);
    // Whoever waits is told by what it waits for; else the next call is.
    if (this.#waiting.length === 0) void this.#exchange?.close();
  }

  #finish(): void {
    void this.#exchange?.finish();
    this.#exchange = undefined;
    this.#leave();
  }

  async #end(): Promise<void> {
    const hasStarted = this.#state !== "new";
    this.#leave();
    if (hasStarted) this.#stop.abort(new DOMException("The stream was closed.", "AbortError"));
    await this.#exchange?.close();
  }

  /** Whoever waits is told that this is the end. */
  #leave(): void {
    this.#state = "ended";
    this.#outer?.removeEventListener("abort", this.#onAbort);
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }
}
