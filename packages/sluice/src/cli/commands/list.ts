import type { QueueRecord, QueueState } from "../../queue/queue-row.js";
import type { QueueDesk } from "../../queue/queue-store.js";
import { type ExitCode, exitCodes } from "../exit-code.js";
import { type QueueName, type SourceOptions, withDesk } from "../open-source.js";
import { formatDuration } from "../output/duration.js";
import { nothing, withoutEmptyColumns } from "../output/empty-columns.js";
import { recordJson } from "../output/record-json.js";
import type { Column } from "../output/table.js";
import type { Terminal } from "../output/terminal.js";

interface ListOptions extends SourceOptions {
  readonly state: QueueState;
  readonly topic?: string | undefined;
  readonly limit: number;
  readonly json?: true | undefined;
}

/** How many rows are read at once, so that any number of them can be listed. */
const pageSize = 500;

const columns: readonly Column[] = [
  { title: "MESSAGE ID", isWhole: true },
  { title: "NAME" },
  { title: "TOPIC" },
  { title: "KEY" },
  { title: "AGE", isNumber: true },
  { title: "TRIES", isNumber: true },
  { title: "NEXT TRY", isNumber: true },
  { title: "LAST ERROR" },
];

/** Shows rows of a queue, the oldest first. */
export async function list(queue: QueueName, options: ListOptions, terminal: Terminal): Promise<ExitCode> {
  return withDesk(queue, options, async (desk, registry) => {
    if (options.json) {
      for await (const record of recordsOf(desk, options)) {
        if (terminal.closed.aborted) break;
        await terminal.printJson(recordJson(record, registry));
      }
      return exitCodes.done;
    }
    const rows: string[][] = [];
    for await (const record of recordsOf(desk, options)) rows.push(rowOf(record, Date.now()));
    if (rows.length === 0) {
      terminal.say(`The ${queue} has no such rows that are ${options.state}.`);
      return exitCodes.done;
    }
    await terminal.printTable(...withoutEmptyColumns(columns, rows));
    const all = rows.length < options.limit ? rows.length : await desk.count(options);
    if (all > rows.length) terminal.say(`${rows.length} of ${all} rows; --limit ${all} shows all.`);
    return exitCodes.done;
  });
}

async function* recordsOf(
  desk: QueueDesk,
  { state, topic, limit }: ListOptions,
): AsyncGenerator<QueueRecord> {
  let afterId = 0;
  for (let left = limit; left > 0; ) {
    const size = Math.min(left, pageSize);
    const page = await desk.list({ state, topic, afterId, limit: size });
    yield* page;
    if (page.length < size) return;
    afterId = page.at(-1)?.id ?? afterId;
    left -= page.length;
  }
}

function rowOf(record: QueueRecord, now: number): string[] {
  const { messageId, name, topic, key, createdAt, attempts, nextTryAt, lastError } = record;
  return [
    messageId,
    name,
    topic,
    key ?? nothing,
    formatDuration(now - createdAt.getTime()),
    String(attempts),
    nextTryAt === undefined ? nothing : formatDuration(nextTryAt.getTime() - now),
    lastError ?? nothing,
  ];
}
