import type { Database } from "better-sqlite3";
import type { FileFacts } from "../events/file-events.js";

/** A file as it goes into the index. */
export interface IndexEntry extends FileFacts {
  readonly path: string;
  readonly text: string;
  /** Which run puts it there. */
  readonly run: number;
}

/**
 * Prepares the transaction that puts files into the index, all of them or none. A path that is there is replaced; its
 * text is left alone when the content is the same. `announce` is given those that are new or have new content, and writes
 * their events in the same transaction: each file's row and its event are there together, or not at all.
 */
export function preparePut(
  db: Database,
  announce: (files: readonly FileFacts[]) => void,
): (entries: readonly IndexEntry[]) => void {
  const find = db.prepare<[Uint8Array], { id: number; sha256: string }>(
    "SELECT id, sha256 FROM files WHERE path = ?",
  );
  const keep = db.prepare("UPDATE files SET run = ? WHERE id = ?");
  const put = db.prepare(`
    INSERT INTO files (path, sha256, type, size, run) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256, type = excluded.type, size = excluded.size, run = excluded.run
    RETURNING id`);
  const putText = db.prepare("INSERT OR REPLACE INTO texts (rowid, path, text) VALUES (?, ?, ?)");

  return db.transaction((entries: readonly IndexEntry[]) => {
    const changed: FileFacts[] = [];
    for (const entry of entries) {
      const { path, pathBytes, sha256, type, size, text, run } = entry;
      const known = find.get(pathBytes);
      if (known?.sha256 === sha256) {
        keep.run(run, known.id);
      } else {
        putText.run(put.pluck().get(pathBytes, sha256, type, size, run), path, text);
        changed.push(entry);
      }
    }
    announce(changed);
  }).immediate;
}
