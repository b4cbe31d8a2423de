import type { IndexedFile, UnreadFile } from "../files/read-entry.js";
import { formatBytes, printable } from "./format.js";
import { print } from "./print.js";
import { formatSummary, type Summary } from "./summary.js";

/** Shows a run to whoever watches it. */
export interface Reporter {
  file(file: IndexedFile | UnreadFile): void | Promise<void>;
  end(summary: Summary): Promise<void>;
}

/** One JSON object on each line: the files, then `{ "summary": … }`. */
export const jsonReporter: Reporter = {
  file: (file) => print(JSON.stringify(file)),
  end: (summary) => print(JSON.stringify({ summary })),
};

/** A plain line for each file, then the summary. */
export const lineReporter: Reporter = {
  file: (file) => print(formatFile(file)),
  end: (summary) => print(`\n${formatSummary(summary)}`),
};

export function formatFile(file: IndexedFile | UnreadFile): string {
  const path = printable(file.path);
  if (file.status !== "indexed") return `${file.status.padEnd(7)}  ${path}: ${printable(file.reason)}`;
  const notes = file.notes.length > 0 ? ` (${file.notes.join("; ")})` : "";
  return `indexed  ${path}  ${file.type}, ${formatBytes(file.size)}${notes}`;
}
