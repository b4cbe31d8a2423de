import { contentEncodingOf } from "../../messages/compression.js";
import type { MessageRegistry } from "../../messages/message-registry.js";
import { writtenOf } from "../../messages/restore.js";
import type { QueueRecord } from "../../queue/queue-row.js";
import { isJson, jsonOf } from "./json-body.js";

/** What a row holds, as values that JSON has: as it is written where that is JSON, else as the registry reads it. */
export function readableBody(record: QueueRecord, registry: MessageRegistry | undefined): unknown {
  const { name, contentType, body, messageId, topic, key } = record;
  const headers = JSON.parse(record.headers);
  if (isJson(contentType)) return jsonOf(body, contentEncodingOf(headers));
  const envelope = { id: messageId, topic, key, timestamp: new Date(record.timestamp), headers };
  const decoded = registry?.decode(name, body, envelope);
  if (!decoded?.ok) throw decoded?.error ?? new Error("There is no registry.");
  return JSON.parse(JSON.stringify(writtenOf(name, decoded.message) ?? null, readable));
}

/** JSON has no word for these. */
function readable(_: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  const isNamed = typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value));
  return isNamed ? String(value) : value;
}
