import type { MessageRegistry } from "../../messages/message-registry.js";
import type { QueueRecord } from "../../queue/queue-row.js";
import { type ExitCode, exitCodes } from "../exit-code.js";
import { type QueueName, type SourceOptions, withDesk } from "../open-source.js";
import { renderPage } from "../output/page.js";
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
  const { records, registry } = await withDesk(queue, options, async (desk, registry) => ({
    records: await desk.find(messageId),
    registry,
  }));
  if (records.length === 0) {
    terminal.say(`The ${queue} has no message ${messageId}.`);
    return exitCodes.noMatch;
  }
  if (options.json) for (const record of records) await terminal.printJson(recordJson(record, registry));
  else await terminal.print(records.map((record) => pageOf(record, registry)).join("\n\n"));
  return exitCodes.done;
}

function pageOf(record: QueueRecord, registry: MessageRegistry | undefined): string {
  const payload = payloadOf(record, registry);
  const shown =
    "payload" in payload
      ? JSON.stringify(payload.payload, undefined, 2)
      : `${record.body.length} bytes, which only a config with the registry can read; --json gives them as base64.`;
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
  return renderPage(fields, shown);
}
