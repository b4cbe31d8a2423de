import { describe, expect, it } from "vitest";
import { Prefetch } from "./prefetch.js";
import type { QueueRow } from "./queue-row.js";

const leases = [1, 2, 3].map((bucket) => ({ bucket, epoch: 1 }));

/** A row of bucket and key `key`. */
const row = (id: number, key = 1): QueueRow => ({
  id,
  bucket: key,
  keyHash: key,
  messageId: `m-${id}`,
  name: "moved",
  topic: "moves",
  key: `${key}`,
  timestamp: 0,
  contentType: "application/json",
  headers: "{}",
  body: new Uint8Array(),
  attempts: 0,
});

function filled(...rows: QueueRow[]): Prefetch {
  const prefetch = new Prefetch();
  prefetch.add(rows, leases);
  return prefetch;
}

/** Takes rows, all that there are unless something else is said. */
const take = (prefetch: Prefetch, more: Partial<Parameters<Prefetch["take"]>[0]> = {}): number[] =>
  prefetch
    .take({ limit: 100, holds: () => true, isBusy: () => false, isSpread: true, ...more })
    .rows.map(({ id }) => id);

describe("Prefetch", () => {
  it("gives rows in the order of their ids, whatever bucket was read first (O2)", () => {
    expect(take(filled(row(1), row(4), row(2, 2), row(3, 3)))).toEqual([1, 2, 3, 4]);
  });

  it("knows of which buckets it has rows", () => {
    const prefetch = filled(row(1), row(2), row(3, 2));
    take(prefetch, { limit: 1 });
    expect([1, 2, 3].map((bucket) => prefetch.has(bucket))).toEqual([true, true, false]);
    take(prefetch, { limit: 1 });
    expect([1, 2, 3].map((bucket) => prefetch.has(bucket))).toEqual([false, true, false]);
  });

  it("lets no later row of a key pass one that was left (O2)", () => {
    const prefetch = filled(row(1), row(2), row(3, 2));
    expect(take(prefetch, { limit: 1 })).toEqual([1]);
    prefetch.forgetBehind([row(1)]);
    expect(prefetch.has(1)).toBe(false);
    expect(take(prefetch)).toEqual([3]);
  });

  it("gives no row behind one that has failed before, until that is over", () => {
    const failed: QueueRow = { ...row(1), attempts: 1 };
    const prefetch = filled(failed, row(2), row(3, 2), row(4, 2));
    expect(take(prefetch)).toEqual([1, 3, 4]);
    expect(take(prefetch, { isBusy: (bucket) => bucket === 1 })).toEqual([]);
    expect(take(prefetch)).toEqual([2]);
  });

  it("leaves buckets that are being served", () => {
    const prefetch = filled(row(1), row(2, 2), row(3, 3), row(4));
    expect(take(prefetch, { isBusy: (bucket) => bucket === 2 })).toEqual([1, 3, 4]);
    expect(prefetch.size).toBe(1);
  });

  it("fills a batch with all rows of few buckets, so that the others are free for other lanes", () => {
    const prefetch = filled(row(1), row(2, 2), row(3, 3), row(4), row(5, 2), row(6, 3));
    expect(take(prefetch, { limit: 2 })).toEqual([1, 4]);
    expect(take(prefetch, { limit: 3 })).toEqual([2, 5]);
    expect(take(prefetch, { limit: 1 })).toEqual([3]);
    expect(take(prefetch, { limit: 1 })).toEqual([6]);
  });

  it("gives rows as they follow each other, of whatever buckets, where no other lane is to find some", () => {
    const prefetch = filled(row(1), row(2, 2), row(3, 3), row(4), row(5, 2), row(6, 3));
    expect(take(prefetch, { limit: 4, isSpread: false })).toEqual([1, 2, 3, 4]);
    expect(take(prefetch, { limit: 4, isSpread: false, isBusy: (bucket) => bucket === 2 })).toEqual([6]);
  });

  it("forgets all rows whose lease is lost, so that no later one is left to pass an earlier one (O2, O3)", () => {
    const prefetch = filled(row(1), row(2), row(3), row(4, 2));
    expect(take(prefetch, { limit: 1, holds: ({ bucket }) => bucket === 2 })).toEqual([4]);
    expect(prefetch.size).toBe(0);
  });

  it("forgets rows whose lease is lost, and takes them again under another one (O3)", () => {
    const prefetch = filled(row(1), row(2, 2));
    expect(take(prefetch, { holds: ({ bucket }) => bucket === 2 })).toEqual([2]);
    prefetch.add([row(1)], [{ bucket: 1, epoch: 2 }]);
    expect(take(prefetch, { holds: ({ epoch }) => epoch === 2 })).toEqual([1]);
  });
});
