import type { HttpTestBed } from "./http-test-bed.js";

/** Reads a body as it comes. */
export class BodyReader {
  readonly #bed: HttpTestBed;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(bed: HttpTestBed, response: Response) {
    this.#bed = bed;
    this.#reader = response.body?.getReader();
  }

  /** The text up to and with the next `end`; all that is left where there is none. */
  async through(end: string): Promise<string> {
    while (!this.#text.includes(end) && (await this.#readMore())) {}
    const at = this.#text.indexOf(end);
    const text = at === -1 ? this.#text : this.#text.slice(0, at + end.length);
    this.#text = this.#text.slice(text.length);
    return text;
  }

  /** All that is left. */
  async rest(): Promise<string> {
    while (await this.#readMore()) {}
    return this.#text;
  }

  /** Leaves: what is left is not wanted. */
  async leave(): Promise<void> {
    await this.#reader?.cancel();
  }

  async #readMore(): Promise<boolean> {
    if (this.#reader === undefined) return false;
    const { done, value } = await this.#bed.within(this.#reader.read(), "Nothing more came in time.");
    if (value !== undefined) this.#text += this.#decoder.decode(value, { stream: true });
    return !done;
  }
}
