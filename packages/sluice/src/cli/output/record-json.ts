import type { MessageRegistry } from "../../messages/message-registry.js";
import type { QueueRecord } from "../../queue/queue-row.js";
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
export function payloadOf(
  record: QueueRecord,
  registry: MessageRegistry | undefined,
): { readonly payload: unknown } | { readonly payloadBase64: string } {
  try {
    return { payload: readableBody(record, registry) };
  } catch {
    // Nobody here can read it, or it only says that it is what it says: the bytes are shown.
    return { payloadBase64: Buffer.from(record.body).toString("base64") };
  }
}
