import type { Database } from "better-sqlite3";

/** A file as it goes into the index. */
export interface IndexEntry {
  readonly path: string;
  readonly pathBytes: Uint8Array;
  readonly sha256: string;
  readonly type: string;
  readonly size: number;
  readonly text: string;
}

/**
 * Prepares the transaction that puts files into the index, all of them or none. A path that is there is replaced; its
 * text is left alone when the content is the same.
 */
export function preparePut(db: Database, run: number): (entries: readonly IndexEntry[]) => void {
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
    for (const { path, pathBytes, sha256, type, size, text } of entries) {
      const known = find.get(pathBytes);
      if (known?.sha256 === sha256) keep.run(run, known.id);
      else putText.run(put.pluck().get(pathBytes, sha256, type, size, run), path, text);
    }
  }).immediate;
}
