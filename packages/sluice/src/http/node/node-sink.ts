import type { TextSink } from "../text-sink.js";
import type { NodeResponse } from "./node-response.js";

const maxPending = 16 * 1024;

/**
 * A response of Node as a sink. It never corks: Node joins what is written in one turn by itself, and a response that
 * ends while it is corked loses its order.
 */
export class NodeSink implements TextSink {
  readonly #res: NodeResponse;
  /** What the system has not taken yet, in characters or bytes. */
  #pending = 0;
  #goOn: (() => void) | undefined;

  constructor(res: NodeResponse) {
    this.#res = res;
  }

  /** Sooner than the response says so: that would keep 64 kB for each reader that has stopped. */
  get isFull(): boolean {
    return this.#pending >= maxPending;
  }

  write(text: string | Uint8Array): void {
    if (this.#isGone) return;
    const { length } = text;
    this.#pending += length;
    this.#res.write(text, () => {
      this.#pending -= length;
      if (this.isFull || this.#goOn === undefined) return;
      const goOn = this.#goOn;
      this.#goOn = undefined;
      goOn();
    });
  }

  onDrain(goOn: () => void): void {
    this.#goOn = goOn;
  }

  end(text: string): void {
    if (!this.#isGone) this.#res.end(text);
  }

  cut(error: unknown): void {
    // Without an error, HTTP/2 would end the stream as if it were whole.
    this.#res.destroy(new Error("The stream failed.", { cause: error }));
  }

  get #isGone(): boolean {
    return this.#res.destroyed === true || this.#res.writableEnded;
  }
}
