import { type ExitCode, exitCodes } from "../exit-code.js";
import { type DeadLetterSource, withDeadLetters } from "../open-dead-letters.js";
import type { DeadLetter } from "../output/dead-letter.js";
import { deadLetterJson } from "../output/dead-letter-json.js";
import { formatDuration } from "../output/duration.js";
import { nothing, withoutEmptyColumns } from "../output/empty-columns.js";
import type { Column } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";
import { deadLettersOf } from "./dead-letter-entries.js";

interface ListOptions extends DeadLetterSource {
  readonly topic?: string | undefined;
  readonly reason?: string | undefined;
  readonly limit: number;
  readonly json?: true | undefined;
}

const columns: readonly Column[] = [
  { title: "ID", isWhole: true },
  { title: "AGE", isNumber: true },
  { title: "NAME" },
  { title: "TOPIC" },
  { title: "GROUP" },
  { title: "KEY" },
  { title: "TRIES", isNumber: true },
  { title: "REASON" },
  { title: "ERROR" },
];

/** Shows dead letters, the oldest first. */
export async function listDeadLetters(options: ListOptions, terminal: Terminal): Promise<ExitCode> {
  const { topic, reason, limit, json, ...source } = options;
  return withDeadLetters(source, async ({ name, queue }) => {
    const letters = deadLettersOf(queue, { topic, reason });
    if (json) {
      let left = limit;
      for await (const letter of letters) {
        if (terminal.closed.aborted) break;
        await terminal.printJson(deadLetterJson(letter));
        if (--left === 0) break;
      }
      return exitCodes.done;
    }
    const rows: string[][] = [];
    let isMore = false;
    for await (const letter of letters) {
      isMore = rows.length === limit;
      if (isMore) break;
      rows.push(rowOf(letter, Date.now()));
    }
    if (rows.length === 0) {
      terminal.say(`${name} has no such dead letters.`);
      return exitCodes.done;
    }
    await terminal.printTable(...withoutEmptyColumns(columns, rows));
    if (isMore) terminal.say(`There are more than ${limit}; a higher --limit shows them.`);
    return exitCodes.done;
  });
}

function rowOf(letter: DeadLetter, now: number): string[] {
  const { id, at, name, topic, group, key, attempts, reason, error, problem } = letter;
  const age = at && formatDuration(now - at.getTime());
  return [id, age, name, topic, group, key, attempts?.toString(), reason, error ?? problem].map(
    (cell) => cell ?? nothing,
  );
}
