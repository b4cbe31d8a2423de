import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PlainError } from "./plain-error.js";

const ownFolder = ".file-index";

/** Where the index is unless `--db` says otherwise: in the current folder. */
export const defaultIndex = join(ownFolder, "index.db");

/** Where a run writes. */
export interface Places {
  readonly index: string;
  readonly auditLog: string;
  /** What must not be indexed, for it changes all the while. */
  readonly own: readonly string[];
}

/** Makes the default folder, which git passes over; a folder that `--db` names must be there. */
export function makePlaces(index: string): Places {
  const auditLog = `${index}.audit.jsonl`;
  try {
    if (index === defaultIndex && mkdirSync(ownFolder, { recursive: true })) {
      writeFileSync(join(ownFolder, ".gitignore"), "*\n");
    }
    const folder = realpathSync(dirname(index));
    if (index === defaultIndex) return { index, auditLog, own: [folder] };
    const own = ["", "-wal", "-shm", "-journal", ".audit.jsonl"].map((end) =>
      join(folder, basename(index) + end),
    );
    return { index, auditLog, own };
  } catch (error) {
    throw new PlainError(
      `cannot write to ${dirname(index)}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
