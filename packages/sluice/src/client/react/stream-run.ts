import type { ContextMediator, ItemStream } from "../../handlers/context-mediator.js";
import type { Request } from "../../messages/request.js";
import type { StreamState } from "./stream-state.js";

/** What gives streams: a client, or a mediator of this process. */
export type StreamSource = Pick<ContextMediator, "stream">;

interface StreamRunOptions<R> {
  readonly source: StreamSource;
  readonly message: Request<R>;
  /** How many items are kept. */
  readonly keep: number;
  /** The least time between two calls of `show` for new items, in milliseconds. */
  readonly intervalMs: number;
  readonly show: (state: StreamState<R>) => void;
}

/** How long items are taken without a pause, in milliseconds: promise jobs alone let a page neither render nor answer. */
const turnMs = 8;

/** One stream on its way to the page: read from its begin until its end, shown in batches. */
export class StreamRun<R> {
  readonly #options: StreamRunOptions<R>;
  #stream: ItemStream<R> | undefined;
  #shown: readonly R[] = [];
  #fresh: R[] = [];
  #shownAt = Number.NEGATIVE_INFINITY;
  #turnAt = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(options: StreamRunOptions<R>) {
    this.#options = options;
  }

  /** Begins a moment later: what is left at once, as under StrictMode, is never sent. */
  begin(): void {
    queueMicrotask(() => {
      if (!this.#isOver) void this.#read();
    });
  }

  /** Ends the stream, and shows that. */
  stop(): void {
    if (this.#isOver) return;
    this.#end("stopped", undefined);
    this.#stream
      ?.return()
      .catch((error) => this.#options.show({ items: this.#shown, status: "failed", error }));
  }

  /** Ends the stream; nothing is shown any more. */
  leave(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream?.return().catch((error) => globalThis.reportError?.(error));
  }

  async #read(): Promise<void> {
    const { source, message } = this.#options;
    try {
      const stream = source.stream(message);
      this.#stream = stream;
      for (;;) {
        const { done, value } = await stream.next();
        if (this.#isOver) return;
        if (done) return this.#end("done", undefined);
        this.#add(value);
        if (performance.now() - this.#turnAt >= turnMs) {
          await turn();
          this.#turnAt = performance.now();
          if (this.#isOver) return;
        }
      }
    } catch (error) {
      if (!this.#isOver) this.#end("failed", error);
    }
  }

  #add(item: R): void {
    const { keep, intervalMs } = this.#options;
    this.#fresh.push(item);
    // Not at each item, which would take as long as all that are kept.
    if (this.#fresh.length >= 2 * keep) this.#fresh = this.#fresh.slice(-keep);
    const waited = performance.now() - this.#shownAt;
    if (waited >= intervalMs) this.#showItems();
    else this.#timer ??= setTimeout(() => this.#showItems(), intervalMs - waited);
  }

  #showItems(): void {
    this.#show({ items: this.#all(), status: "streaming", error: undefined });
  }

  #end(status: "done" | "stopped" | "failed", error: unknown): void {
    this.#isOver = true;
    const items = this.#all();
    this.#show(status === "failed" ? { items, status, error } : { items, status, error: undefined });
  }

  #all(): readonly R[] {
    const { keep } = this.#options;
    if (this.#fresh.length > 0) this.#shown = this.#shown.concat(this.#fresh);
    if (this.#shown.length > keep) this.#shown = this.#shown.slice(-keep);
    this.#fresh = [];
    return this.#shown;
  }

  #show(state: StreamState<R>): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#shownAt = performance.now();
    this.#options.show(state);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
