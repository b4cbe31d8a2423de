import { bucketOf } from "../../queue/key-hash.js";
import type { NewRow, QueueRecord, QueueRow, QueueState } from "../../queue/queue-row.js";
import type { SqlValue } from "./sql-database.js";

/** How states stand in a table. */
export const states: readonly QueueState[] = ["pending", "done", "dead"];

export const rowColumns =
  "id, bucket, key_hash, message_id, name, topic, message_key, timestamp_ms, content_type, headers, body, attempts";

export const recordColumns = `${rowColumns}, state, created_ms, next_try_ms, last_error`;

export const newColumns = [
  "bucket",
  "key_hash",
  "message_id",
  "name",
  "topic",
  "message_key",
  "timestamp_ms",
  "content_type",
  "headers",
  "body",
] as const;

type SqlRow = Readonly<Record<string, unknown>>;

export function rowOf(row: SqlRow): QueueRow {
  return {
    id: Number(row.id),
    bucket: Number(row.bucket),
    keyHash: Number(row.key_hash),
    messageId: row.message_id as string,
    name: row.name as string,
    topic: row.topic as string,
    key: (row.message_key as string | null) ?? undefined,
    timestamp: Number(row.timestamp_ms),
    contentType: row.content_type as string,
    headers: row.headers as string,
    body: row.body as Uint8Array,
    attempts: Number(row.attempts),
  };
}

export function recordOf(row: SqlRow): QueueRecord {
  const { bucket: _, keyHash: __, ...rest } = rowOf(row);
  return {
    ...rest,
    state: states[Number(row.state)] as QueueState,
    createdAt: new Date(Number(row.created_ms)),
    nextTryAt: row.next_try_ms === null ? undefined : new Date(Number(row.next_try_ms)),
    lastError: (row.last_error as string | null) ?? undefined,
  };
}

export function newValues(row: NewRow, buckets: number): SqlValue[] {
  return [
    bucketOf(row.keyHash, buckets),
    row.keyHash,
    row.messageId,
    row.name,
    row.topic,
    row.key ?? null,
    row.timestamp,
    row.contentType,
    row.headers,
    row.body,
  ];
}
