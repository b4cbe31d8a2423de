import { shownPath } from "../files/shown-path.js";
import { openIndexToSearch } from "./open-index.js";

export interface SearchOptions {
  /** Only files below this folder, which is absolute and without links. @default everywhere */
  readonly below?: string;
  /** What stands before and after a word in the snippet. @default brackets */
  readonly marks?: readonly [string, string];
  /** How many hits are wanted. @default 20 */
  readonly most?: number;
}

/** A file in which all words were found; the snippet has them marked. */
export interface Hit {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly snippet: string;
}

/** The files that have all words in their text or name, the best ones first, and how many there are in all. */
export function search(
  index: string,
  words: readonly string[],
  { below = "", marks = ["[", "]"], most = 20 }: SearchOptions = {},
): { count: number; hits: Hit[] } {
  const db = openIndexToSearch(index);
  try {
    // In quotes a word is just a word, whatever the query language would make of it.
    const query = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
    const prefix = Buffer.from(below === "" || below.endsWith("/") ? below : `${below}/`);
    const from = `FROM texts JOIN files ON files.id = texts.rowid
      WHERE texts MATCH @query AND substr(files.path, 1, length(@prefix)) = @prefix`;
    const count = db.prepare<object, number>(`SELECT count(*) ${from}`).pluck().get({ query, prefix }) ?? 0;
    const [before, after] = marks;
    const rows = db
      .prepare<object, Omit<Hit, "path"> & { path: Buffer }>(
        `SELECT files.path, type, size, snippet(texts, -1, @before, @after, '…', 16) AS snippet
         ${from} ORDER BY rank LIMIT @most`,
      )
      .all({ query, prefix, before, after, most });
    return { count, hits: rows.map(({ path, ...hit }) => ({ path: shownPath(path), ...hit })) };
  } finally {
    db.close();
  }
}
