import { closeSync, constants, mkdirSync, openSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PlainError } from "./plain-error.js";

const ownFolder = ".file-index";

/** Where the index is unless `--db` says otherwise: in the current folder. */
export const defaultIndex = join(ownFolder, "index.db");

/** Where a run writes. */
export interface Places {
  readonly index: string;
  readonly auditLog: string;
  /** Where the events of files are published. */
  readonly eventsFile: string;
  /** What must not be indexed, for it changes all the while. */
  readonly own: readonly string[];
}

/** Makes the default folder, which git passes over; a folder that `--db` names must be there. */
export function makePlaces(index: string): Places {
  const auditLog = `${index}.audit.jsonl`;
  const eventsFile = `${index}.events.jsonl`;
  try {
    if (index === defaultIndex && mkdirSync(ownFolder, { recursive: true })) {
      writeFileSync(join(ownFolder, ".gitignore"), "*\n");
    }
    const folder = realpathSync(dirname(index));
    for (const log of [auditLog, eventsFile]) requireWritable(log);
    const own = ["", "-wal", "-shm", "-journal", ".audit.jsonl", ".events.jsonl"].map((end) =>
      join(folder, basename(index) + end),
    );
    return { index, auditLog, eventsFile, own: index === defaultIndex ? [folder] : own };
  } catch (error) {
    if (error instanceof PlainError) throw error;
    throw new PlainError(
      `cannot write to ${dirname(index)}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Says in time that a file cannot be written; makes none. */
function requireWritable(path: string): void {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (!found.isFile()) throw new Error("it is not a file");
    closeSync(openSync(path, constants.O_WRONLY | constants.O_APPEND));
  } catch (error) {
    throw new PlainError(`cannot write to ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
