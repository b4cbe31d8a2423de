import { shownPath } from "../files/shown-path.js";
import { openIndexToSearch } from "./open-index.js";

/** A file in which all words were found; the snippet has them in brackets. */
export interface Hit {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly snippet: string;
}

/** The files that have all words in their text or name, the best ones first, and how many there are in all. */
export function search(index: string, words: readonly string[], most = 20): { count: number; hits: Hit[] } {
  const db = openIndexToSearch(index);
  try {
    // In quotes a word is just a word, whatever the query language would make of it.
    const query = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
    const count =
      db.prepare<[string], number>("SELECT count(*) FROM texts WHERE texts MATCH ?").pluck().get(query) ?? 0;
    const rows = db
      .prepare<[string, number], Omit<Hit, "path"> & { path: Buffer }>(
        `SELECT files.path, type, size, snippet(texts, -1, '[', ']', '…', 16) AS snippet
         FROM texts JOIN files ON files.id = texts.rowid WHERE texts MATCH ? ORDER BY rank LIMIT ?`,
      )
      .all(query, most);
    return { count, hits: rows.map(({ path, ...hit }) => ({ path: shownPath(path), ...hit })) };
  } finally {
    db.close();
  }
}
