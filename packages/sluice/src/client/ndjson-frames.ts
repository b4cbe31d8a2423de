import type { ProblemDetails } from "../http/problem.js";
import { isPlainObject } from "../messages/fields.js";
import { asProblem } from "./as-problem.js";
import { LineBuffer } from "./line-buffer.js";

/**
 * Reads the frames of an NDJSON stream out of text that comes in pieces. Nothing is parsed before it is asked for.
 *
 * What {@link next} found stands in {@link item} or {@link problem}, so that no object is made for it.
 */
export class NdjsonFrames {
  readonly #lines: LineBuffer;
  /** The items so far. */
  items = 0;
  item: unknown;
  problem: ProblemDetails | undefined;

  constructor(maxLength: number) {
    this.#lines = new LineBuffer(maxLength);
  }

  /** Adds text. All frames of what was added before must have been taken. */
  add(text: string): void {
    this.#lines.add(text);
  }

  /**
   * The kind of the next frame; `undefined` until more text is added.
   *
   * @throws {Error} what comes next is no frame, or not the one that should come next.
   */
  next(): "item" | "end" | "fail" | undefined {
    for (;;) {
      const line = this.#lines.take();
      if (line === undefined) return undefined;
      if (this.#readItem(line)) return "item";
      // An empty line is a heartbeat.
      if (line !== "" && line !== "\r") return this.#read(line);
    }
  }

  /** Reads an item as it is nearly always written, for speed: only its data is parsed. */
  #readItem(line: string): boolean {
    const start = `{"id":${this.items + 1},"data":`;
    if (!line.startsWith(start) || !line.endsWith("}")) return false;
    try {
      this.item = JSON.parse(line.slice(start.length, -1));
    } catch {
      return false;
    }
    this.items++;
    return true;
  }

  #read(line: string): "item" | "end" | "fail" {
    let frame: unknown;
    try {
      frame = JSON.parse(line);
    } catch (cause) {
      throw new Error("a frame is not JSON", { cause });
    }
    if (isPlainObject(frame)) {
      if (Object.hasOwn(frame, "id")) {
        if (frame.id !== this.items + 1)
          throw new Error(`item ${frame.id} came, where ${this.items + 1} should`);
        this.item = frame.data;
        this.items++;
        return "item";
      }
      if (isPlainObject(frame.end)) {
        const { items } = frame.end;
        if (items !== this.items) throw new Error(`the stream says that it had ${items} items`);
        return "end";
      }
      this.problem = asProblem(frame.fail);
      if (this.problem !== undefined) return "fail";
    }
    throw new Error(`a frame is neither an item, nor "end", nor "fail"`);
  }
}
