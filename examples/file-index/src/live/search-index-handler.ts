import { type HandlerContext, RequestHandler } from "sluice";
import { searchAside } from "../index/search-aside.js";
import { foundMarks, type SearchIndex } from "./messages.js";
import type { Root } from "./root.js";

export class SearchIndexHandler extends RequestHandler<SearchIndex> {
  constructor(
    readonly root: Root,
    readonly index: string,
  ) {
    super();
  }

  async handle({ words }: SearchIndex, { signal }: HandlerContext) {
    const options = { below: this.root.path, marks: foundMarks };
    const { count, hits } = await searchAside(signal, this.index, words.split(/\s+/), options);
    return { count, hits: hits.map((hit) => ({ ...hit, path: this.root.shorten(hit.path) })) };
  }
}
