import { EventHandler } from "sluice";
import type { RunIndex } from "../index/index-writer.js";
import type { TextExtracted } from "../messages.js";

/** Done when the file is committed to the index, and with it the event that tells other programs of it. */
export class IndexText extends EventHandler<TextExtracted> {
  constructor(readonly index: RunIndex) {
    super();
  }

  async handle({ file, path, text }: TextExtracted) {
    await this.index.put({ ...file, pathBytes: path, text });
  }
}
