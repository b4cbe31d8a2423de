import type { TextSink } from "../text-sink.js";
import type { NodeResponse } from "./node-response.js";

/**
 * A response of Node as a sink. It never corks: Node joins what is written in one turn by itself, and a response that
 * ends while it is corked loses its order.
 */
export class NodeSink implements TextSink {
  readonly #res: NodeResponse;

  constructor(res: NodeResponse) {
    this.#res = res;
  }

  /** Asked of the response itself: a note of our own would miss what a later write did. */
  get isFull(): boolean {
    return this.#res.writableNeedDrain;
  }

  write(text: string): void {
    if (!this.#isGone) this.#res.write(text);
  }

  onDrain(goOn: () => void): void {
    this.#res.once("drain", goOn);
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
