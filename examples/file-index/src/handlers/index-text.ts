import { EventHandler } from "sluice";
import type { IndexWriter } from "../index/index-writer.js";
import type { TextExtracted } from "../messages.js";

/** Done when the file is committed to the index. */
export class IndexText extends EventHandler<TextExtracted> {
  constructor(readonly index: IndexWriter) {
    super();
  }

  async handle({ file, path, text }: TextExtracted) {
    await this.index.put({ ...file, pathBytes: path, text });
  }
}
