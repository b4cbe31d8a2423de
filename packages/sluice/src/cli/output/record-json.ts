import type { MessageRegistry } from "../../messages/message-registry.js";
import type { QueueRecord } from "../../queue/queue-row.js";
import { payloadOrBase64, type ShownPayload } from "./payload-or-base64.js";
import { readableBody } from "./readable-body.js";

/** A row for programs: its fields, with the payload as JSON where it can be read, else as base64. */
export function recordJson(record: QueueRecord, registry: MessageRegistry | undefined): object {
  const { body: _, headers, key, nextTryAt, lastError, ...rest } = record;
  return {
    ...rest,
    timestamp: new Date(record.timestamp),
    key: key ?? null,
    nextTryAt: nextTryAt ?? null,
    lastError: lastError ?? null,
    headers: JSON.parse(headers),
    ...payloadOf(record, registry),
  };
}

/** The payload as it is shown. */
export function payloadOf(record: QueueRecord, registry: MessageRegistry | undefined): ShownPayload {
  return payloadOrBase64(record.body, () => readableBody(record, registry));
}
