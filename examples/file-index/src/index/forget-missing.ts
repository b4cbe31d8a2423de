import { openIndex } from "./open-index.js";

/** Forgets the files below a folder that a complete run did not find again; `run` is that run. */
export function forgetMissing(index: string, folder: string, run: number): void {
  const below = Buffer.from(folder.endsWith("/") ? folder : `${folder}/`);
  const db = openIndex(index);
  try {
    db.prepare("DELETE FROM files WHERE run < ? AND substr(path, 1, length(?)) = ?").run(run, below, below);
  } finally {
    db.close();
  }
}
