import type { QueueRow } from "../queue/queue-row.js";

/** The keys of rows, in the order of their first ones. */
export function keysOf(rows: readonly QueueRow[]): number[] {
  return [...new Set(rows.map(({ keyHash }) => keyHash))];
}

/** The first row of each of the first so many keys. */
export function headsOf(rows: readonly QueueRow[], keys: number): QueueRow[] {
  const heads = new Map<number, QueueRow>();
  for (const row of rows) {
    if (heads.size === keys) break;
    if (!heads.has(row.keyHash)) heads.set(row.keyHash, row);
  }
  return [...heads.values()];
}

/** The rows whose key none of the others has. */
export function withoutKeysOf(others: readonly QueueRow[], rows: readonly QueueRow[]): QueueRow[] {
  const keys = new Set(others.map(({ keyHash }) => keyHash));
  return rows.filter(({ keyHash }) => !keys.has(keyHash));
}
