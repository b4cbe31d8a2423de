import { bucketOf } from "../../queue/key-hash.js";
import type { NewRow, QueueRecord, QueueRow, QueueState } from "../../queue/queue-row.js";
import type { SqlValue } from "./sql-database.js";

/** How states stand in a table. */
export const states: readonly QueueState[] = ["pending", "done", "dead"];

export const rowColumns =
  "id, key_hash, message_id, name, topic, message_key, timestamp_ms, content_type, headers, body, attempts";

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

type Columns = readonly unknown[];

/** A row as it was read: a column is made out when it is asked for, which for most of them is never. */
export class StoredRow implements QueueRow {
  constructor(
    private readonly columns: Columns,
    private readonly buckets: number,
  ) {}

  get id(): number {
    return Number(this.columns[0]);
  }

  get bucket(): number {
    return bucketOf(this.keyHash, this.buckets);
  }

  get keyHash(): number {
    return Number(this.columns[1]);
  }

  get messageId(): string {
    return this.columns[2] as string;
  }

  get name(): string {
    return this.columns[3] as string;
  }

  get topic(): string {
    return this.columns[4] as string;
  }

  get key(): string | undefined {
    return (this.columns[5] as string | null) ?? undefined;
  }

  get timestamp(): number {
    return Number(this.columns[6]);
  }

  get contentType(): string {
    return this.columns[7] as string;
  }

  get headers(): string {
    return this.columns[8] as string;
  }

  get body(): Uint8Array {
    const body = this.columns[9] as string | Uint8Array;
    return typeof body === "string" ? bytesOfHex(body) : body;
  }

  get attempts(): number {
    return Number(this.columns[10]);
  }
}

export function recordOf(columns: Columns): QueueRecord {
  const { id, messageId, name, topic, key, timestamp, contentType, headers, body, attempts } = new StoredRow(
    columns,
    1,
  );
  const [state, created, next, lastError] = columns.slice(11);
  return {
    ...{ id, messageId, name, topic, key, timestamp, contentType, headers, body, attempts },
    state: states[Number(state)] as QueueState,
    createdAt: new Date(Number(created)),
    nextTryAt: next === null ? undefined : new Date(Number(next)),
    lastError: (lastError as string | null) ?? undefined,
  };
}

/** `\x1f2e` as PostgreSQL writes bytes. */
function bytesOfHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let at = 0; at < bytes.length; at++)
    bytes[at] = Number.parseInt(text.slice(2 * at + 2, 2 * at + 4), 16);
  return bytes;
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
