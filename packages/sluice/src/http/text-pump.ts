import { keepContext } from "./async-context.js";
import { eventLoopTurn, whenIdle } from "./event-loop-turn.js";
import type { ProblemDetails } from "./problem.js";
import { refusal } from "./refusal.js";
import type { StreamFormat } from "./stream-format.js";
import type { TextSink } from "./text-sink.js";

/** How a stream of items became a response, or did not. */
interface PumpOutcome {
  /** How many items were written. */
  readonly items: number;
  /** Why it is not whole; `undefined` when it is, and when the reader left. */
  readonly error?: unknown;
  /** The reader left before the end. */
  readonly left: boolean;
  /** It was given a sink; before that, nobody has read anything. */
  readonly started: boolean;
}

export interface TextPumpOptions {
  readonly source: AsyncIterator<unknown, unknown, void>;
  readonly format: StreamFormat;
  readonly heartbeatMs: number;
  /** How long it may last, in milliseconds. */
  readonly maxMs: number;
  /** What the client is told of an error. */
  readonly problemOf: (error: unknown) => ProblemDetails;
  /** Called once, when the source has ended and cleaned up after itself. */
  readonly onEnd: (outcome: PumpOutcome) => void;
}

/** Pieces are joined up to this length. */
const pieceLength = 16 * 1024;

/**
 * Carries items from their source to a sink, and asks for the next one only while the sink takes more. What is ready
 * at the same moment goes out as one piece.
 *
 * Written for speed, with callbacks made once: a piece each item would halve the rate, a stream of the platform costs
 * ten times as much. `docs/decisions/http.md` has the figures.
 */
export class TextPump {
  readonly #source: TextPumpOptions["source"];
  readonly #format: StreamFormat;
  readonly #options: TextPumpOptions;
  #state: "new" | "open" | "over" = "new";
  #sink: TextSink | undefined;
  /** The first answer of the source, when it was asked for before there was a sink. */
  #first: IteratorResult<unknown, unknown> | undefined;
  #priming: PromiseWithResolvers<void> | undefined;
  #items = 0;
  /** Frames that are not written yet. */
  #text: string;
  #willFlush = false;
  #wroteSinceHeartbeat = false;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TextPumpOptions) {
    this.#options = options;
    this.#source = options.source;
    this.#format = options.format;
    this.#text = options.format.start;
  }

  /** Asks for the first item before there is a sink; rejects with what fails until then. */
  prime(): Promise<void> {
    if (this.#state !== "new") return Promise.resolve();
    this.#open();
    this.#priming = Promise.withResolvers();
    this.#source.next().then(this.#onFirst, this.#onError);
    return this.#priming.promise;
  }

  /** Begins to write; once. */
  start(sink: TextSink): void {
    if (this.#state === "over" || this.#sink !== undefined) {
      sink.cut(new Error("The response was read already, or its reader has left."));
      return;
    }
    if (this.#state === "new") this.#open();
    this.#sink = sink;
    if (this.#format.heartbeat !== "") this.#heartbeat = setInterval(this.#beat, this.#options.heartbeatMs);
    if (this.#first === undefined) this.#goOn();
    else this.#onItem(this.#first);
  }

  /** The reader has left: the source is ended (rule S7). Safe to call at any time, and again. */
  cancel(): void {
    if (this.#state === "over") return;
    this.#close();
    this.#priming?.resolve();
    this.#endSource(undefined, true);
  }

  #open(): void {
    this.#state = "open";
    const { maxMs } = this.#options;
    if (maxMs === Number.POSITIVE_INFINITY) return;
    const expire = () => this.#abandon(refusal("HTTP_TIMEOUT", `A stream may last ${maxMs} ms.`));
    this.#deadline = setTimeout(expire, maxMs);
  }

  readonly #onFirst = (result: IteratorResult<unknown, unknown>): void => {
    this.#first = result;
    this.#priming?.resolve();
  };

  readonly #goOn = keepContext((): void => {
    const sink = this.#sink as TextSink;
    if (this.#state === "over") return;
    if (sink.isFull) return sink.onDrain(this.#goOn);
    if (this.#text.length >= pieceLength || (this.#text !== "" && !this.#willFlush)) {
      this.#flush();
      if (sink.isFull) return sink.onDrain(this.#goOn);
    }
    if (eventLoopTurn.isOver) return eventLoopTurn.wait(this.#goOn);
    this.#source.next().then(this.#onItem, this.#onError);
  });

  readonly #onItem = (result: IteratorResult<unknown, unknown>): void => {
    if (this.#state === "over") return;
    if (result.done) return this.#finish();
    const n = this.#items + 1;
    try {
      this.#text += this.#format.item(result.value, n);
    } catch (error) {
      return this.#abandon(error);
    }
    this.#items = n;
    const sink = this.#sink as TextSink;
    if (this.#text.length >= pieceLength && !sink.isFull) this.#flush();
    else if (!this.#willFlush) {
      this.#willFlush = true;
      whenIdle(this.#flushWhenIdle);
    }
    // The way of most items, without leaving the context that the source's promise has kept.
    if (sink.isFull) sink.onDrain(this.#goOn);
    else if (eventLoopTurn.isOver) eventLoopTurn.wait(this.#goOn);
    else this.#source.next().then(this.#onItem, this.#onError);
  };

  readonly #flushWhenIdle = (): void => {
    this.#willFlush = false;
    if (this.#state === "open" && this.#text !== "" && !(this.#sink as TextSink).isFull) this.#flush();
  };

  #flush(): void {
    const text = this.#text;
    this.#text = "";
    this.#wroteSinceHeartbeat = true;
    (this.#sink as TextSink).write(text);
  }

  readonly #beat = (): void => {
    const sink = this.#sink as TextSink;
    if (!this.#wroteSinceHeartbeat && !sink.isFull) sink.write(this.#format.heartbeat);
    this.#wroteSinceHeartbeat = false;
  };

  #finish(): void {
    const last = this.#text + this.#format.end(this.#items);
    this.#close();
    (this.#sink as TextSink).end(last);
    this.#options.onEnd({ items: this.#items, left: false, started: true });
  }

  /** The source itself has failed, so it has ended. */
  readonly #onError = (error: unknown): void => {
    if (this.#state === "over") return;
    this.#tell(error);
    this.#options.onEnd({ items: this.#items, error, left: false, started: this.#sink !== undefined });
  };

  /** It fails while the source is still at work. */
  #abandon(error: unknown): void {
    this.#tell(error);
    this.#endSource(error, false);
  }

  #tell(error: unknown): void {
    this.#close();
    const sink = this.#sink;
    if (sink === undefined) this.#priming?.reject(error);
    else {
      const problem = this.#options.problemOf(error);
      if (this.#format.fail === undefined) sink.cut(error);
      else sink.end(this.#text + this.#format.fail(problem));
    }
  }

  #close(): void {
    this.#state = "over";
    clearInterval(this.#heartbeat);
    clearTimeout(this.#deadline);
  }

  #endSource(error: unknown, left: boolean): void {
    const started = this.#sink !== undefined;
    const end = (late?: unknown) => {
      this.#options.onEnd({ items: this.#items, error: error ?? late, left, started });
    };
    const returned = this.#source.return?.();
    if (returned === undefined) end();
    else returned.then(() => end(), end);
  }
}
