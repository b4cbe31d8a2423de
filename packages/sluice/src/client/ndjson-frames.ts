import type { ProblemDetails } from "../http/problem.js";
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
      // An empty line is a heartbeat.
      if (line !== "" && line !== "\r") return this.#read(parse(line));
    }
  }

  #read(frame: Frame | null): "item" | "end" | "fail" {
    if (frame?.id !== undefined) {
      if (frame.id !== this.items + 1)
        throw new Error(`item ${frame.id} came, where ${this.items + 1} should`);
      this.item = frame.data;
      this.items++;
      return "item";
    }
    if (frame?.end) {
      const { items } = frame.end;
      if (items !== this.items) throw new Error(`the stream says that it had ${items} items`);
      return "end";
    }
    this.problem = asProblem(frame?.fail);
    if (this.problem === undefined) throw new Error('a frame is neither an item, nor "end", nor "fail"');
    return "fail";
  }
}

/** What may stand in a line; it may be anything. */
interface Frame {
  readonly id?: unknown;
  readonly data?: unknown;
  readonly end?: { readonly items?: unknown };
  readonly fail?: unknown;
}

function parse(line: string): Frame | null {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error("a frame is not JSON", { cause });
  }
}
