import { RequestHandler } from "sluice";
import { search } from "../index/search.js";
import { foundMarks, type SearchIndex } from "./messages.js";
import type { Root } from "./root.js";

export class SearchIndexHandler extends RequestHandler<SearchIndex> {
  constructor(
    readonly root: Root,
    readonly index: string,
  ) {
    super();
  }

  async handle({ words }: SearchIndex) {
    return search(this.index, words.split(/\s+/), { below: this.root.path, marks: foundMarks });
  }
}
