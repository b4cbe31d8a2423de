import type { QueueRecord } from "../../queue/queue-row.js";
import { type ExitCode, exitCodes } from "../exit-code.js";
import { type QueueName, type SourceOptions, withDesk } from "../open-source.js";
import { plainText } from "../output/plain-text.js";
import { payloadOf, recordJson } from "../output/record-json.js";
import type { Terminal } from "../output/terminal.js";

interface ShowOptions extends SourceOptions {
  readonly json?: true | undefined;
}

/** Shows all of one message; an event that was added twice has two rows. */
export async function show(
  queue: QueueName,
  messageId: string,
  options: ShowOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const records = await withDesk(queue, options, (desk) => desk.find(messageId));
  if (records.length === 0) {
    terminal.say(`The ${queue} has no message ${messageId}.`);
    return exitCodes.noMatch;
  }
  if (options.json) for (const record of records) await terminal.printJson(recordJson(record));
  else await terminal.print(records.map(pageOf).join("\n\n"));
  return exitCodes.done;
}

function pageOf(record: QueueRecord): string {
  const payload = payloadOf(record.contentType, record.body);
  const shown = "payload" in payload ? JSON.stringify(payload.payload, undefined, 2) : payload.payloadBase64;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["message id", record.messageId],
    ["name", record.name],
    ["topic", record.topic],
    ["key", record.key],
    ["state", record.state],
    ["tries", String(record.attempts)],
    ["next try", record.nextTryAt?.toISOString()],
    ["last error", record.lastError],
    ["happened", new Date(record.timestamp).toISOString()],
    ["added", record.createdAt.toISOString()],
    ["headers", record.headers],
    ["content type", record.contentType],
  ];
  const lines = fields.map(
    ([name, value]) => `${name.padEnd(14)}${value === undefined ? "-" : plainText(value)}`,
  );
  return [...lines, "", ...shown.split("\n").map(plainText)].join("\n");
}
