import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { PlainError } from "../plain-error.js";

const applicationId = 0x46494458; // "FIDX": tells an index of ours from a database of another program

/** Several runs may write to one index: how long one waits for its turn. */
const writerPatienceMs = 60_000;

// A path is a BLOB: it need not be UTF-8. Merging full-text segments only when there are many (crisis merge, 16) takes
// a third less time than merging a little at every commit.
const schema = `
  CREATE TABLE files (
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE,
    sha256 TEXT NOT NULL, type TEXT NOT NULL, size INTEGER NOT NULL, run INTEGER NOT NULL
  ) STRICT;
  CREATE VIRTUAL TABLE texts USING fts5 (path, text, tokenize = 'unicode61 remove_diacritics 2');
  INSERT INTO texts (texts, rank) VALUES ('automerge', 0);
  CREATE TRIGGER file_forgotten AFTER DELETE ON files BEGIN
    DELETE FROM texts WHERE rowid = old.id;
  END;
  PRAGMA application_id = ${applicationId};
`;

/**
 * Opens the index to write it, and makes it when there is none; its outbox is `makeIndex`'s to make.
 *
 * WAL with `synchronous = NORMAL`: what is committed outlives the process, however it ends. A power cut may take the
 * last commits, never the index itself; the next run reads those files again.
 */
export function openIndex(path: string): Database.Database {
  return opening(path, { timeout: writerPatienceMs }, (db) => {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    // Taking the lock tells whether it can be written, too.
    db.transaction(() => tables(db) > 0 || db.exec(schema)).immediate();
  });
}

/** Opens the index to search it. */
export function openIndexToSearch(path: string): Database.Database {
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw new PlainError(`there is no index at ${path} yet: index a folder first`);
  }
  return opening(path, { readonly: true }, (db) => {
    if (tables(db) === 0) throw new PlainError(`the index at ${path} is empty: index a folder first`);
  });
}

function opening(
  path: string,
  options: Database.Options,
  prepare: (db: Database.Database) => void,
): Database.Database {
  let db: Database.Database | undefined;
  try {
    // SQLite would wait for a pipe for ever.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw new Error("it is not a file");
    db = new Database(path, options);
    if (tables(db) > 0 && db.pragma("application_id", { simple: true }) !== applicationId) {
      throw new Error("it is a database of another program");
    }
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof PlainError) throw error;
    throw cannotUse(path, error);
  }
}

/** What a user is told of an index that cannot be used. */
export function cannotUse(path: string, error: unknown): PlainError {
  return new PlainError(`cannot use ${path} as the index: ${error instanceof Error ? error.message : error}`);
}

function tables(db: Database.Database): number {
  return db.prepare<[], number>("SELECT count(*) FROM sqlite_schema").pluck().get() ?? 0;
}
