import type { Database } from "better-sqlite3";
import { SqliteOutbox } from "sluice/stores/sqlite";
import { fileEvents } from "./file-events.js";

/** The outbox that lies in the index, so that a file's row and its event are in one transaction. */
export function indexOutbox(db: Database): SqliteOutbox {
  return new SqliteOutbox(db, { registry: fileEvents });
}
