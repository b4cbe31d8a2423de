import { accessSync, constants, lstatSync } from "node:fs";
import { openIndex } from "./open-index.js";

/**
 * Forgets the files below a folder that a complete run did not find again and that are no longer there; `run` is that
 * run. What is there although it was not found came meanwhile, and another run has put it into the index.
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
    const forget = db.prepare("DELETE FROM files WHERE id = ?");
    db.transaction(() => {
      for (const { id } of missing) forget.run(id);
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
