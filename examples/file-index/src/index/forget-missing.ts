import { accessSync, constants, lstatSync } from "node:fs";
import { FileForgotten } from "../events/file-events.js";
import { indexOutbox } from "../events/index-outbox.js";
import { openIndex } from "./open-index.js";

/**
 * Forgets the files below a folder that a complete run did not find again and that are no longer there; `run` is that
 * run. What is there although it was not found came meanwhile, and another run has put it into the index. The events
 * are in the same transaction.
 */
export function forgetMissing(index: string, folder: string, run: number): void {
  const below = Buffer.from(folder.endsWith("/") ? folder : `${folder}/`);
  const db = openIndex(index);
  try {
    const missing = db
      .prepare<unknown[], { id: number; path: Buffer }>(
        "SELECT id, path FROM files WHERE run < ? AND substr(path, 1, length(?)) = ?",
      )
      .all(run, below, below)
      .filter(({ path }) => !isReadableFile(path));
    const outbox = indexOutbox(db);
    const forget = db.prepare("DELETE FROM files WHERE id = ?");
    db.transaction(() => {
      for (const { id, path } of missing) {
        if (forget.run(id).changes > 0) outbox.add(new FileForgotten(path), db);
      }
    }).immediate();
  } finally {
    db.close();
  }
}

function isReadableFile(path: Buffer): boolean {
  try {
    accessSync(path, constants.R_OK);
    return lstatSync(path).isFile();
  } catch {
    return false;
  }
}
