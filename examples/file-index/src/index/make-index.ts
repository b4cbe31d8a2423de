import type { Database } from "better-sqlite3";
import { migrateSqlite } from "sluice/stores/sqlite";
import { FileIndexed } from "../events/file-events.js";
import { indexOutbox } from "../events/index-outbox.js";
import { cannotUse, openIndex } from "./open-index.js";

/** Makes the index with its outbox, or brings one that is there up to date. */
export async function makeIndex(path: string): Promise<void> {
  const db = openIndex(path);
  try {
    migrateSqlite(db);
    announceEarlierFiles(db);
  } catch (error) {
    throw cannotUse(path, error);
  } finally {
    db.close();
  }
}

/** An index from before there were events: each of its files gets the event that it has not had, all in one transaction. */
function announceEarlierFiles(db: Database): void {
  const outbox = indexOutbox(db);
  const files = db.prepare<[], { pathBytes: Buffer; sha256: string; type: string; size: number }>(
    "SELECT path AS pathBytes, sha256, type, size FROM files",
  );
  db.transaction(() => {
    if (db.pragma("user_version", { simple: true }) !== 0) return;
    for (const file of files.all()) outbox.add(new FileIndexed(file), db);
    db.pragma("user_version = 1");
  }).immediate();
}
