import { describe, expect, it } from "vitest";
import type { LeaseKeeper } from "./lease-keeper.js";
import { Prefetch } from "./prefetch.js";
import type { QueueRow } from "./queue-row.js";
import type { Claim, Lease, QueueStore } from "./queue-store.js";
import { Reader } from "./reader.js";
import { WaitingKeys } from "./waiting-keys.js";

/** A reader of four buckets, unless something else is said, of which this worker holds some, over rows that are `[id, bucket]`. */
function setUp({ buckets = 4, held = [0, 1, 2, 3], batchSize = 10, lanes = 1 } = {}) {
  const table: [id: number, bucket: number][] = [];
  const claims: Claim[] = [];
  const busy = new Set<number>();
  const leases = held.map((bucket): Lease => ({ bucket, epoch: 1 }));
  const store = {
    buckets,
    rows: {
      async claim(claim: Claim) {
        claims.push(claim);
        const buckets = new Set(claim.leases.map(({ bucket }) => bucket));
        const found = table.filter(([, bucket]) => buckets.has(bucket)).toSorted(([a], [b]) => a - b);
        return found
          .slice(0, claim.limit)
          .map(([id, bucket]) => ({ id, bucket, keyHash: bucket }) as QueueRow);
      },
    },
  } as unknown as QueueStore;
  const keeper = {
    held: held.length,
    free: () => leases.filter(({ bucket }) => !busy.has(bucket)),
  } as unknown as LeaseKeeper;
  const prefetch = new Prefetch();
  const waiting = new WaitingKeys();
  const deliverer = { paused: () => ({ topics: ["down"], nextInMs: 1 }) } as never;
  const reader = new Reader(prefetch, { store, lanes, batchSize, leases: keeper, waiting, deliverer });
  const take = (limit: number) => {
    const isBusy = (bucket: number) => busy.has(bucket);
    const taken = prefetch.take({ limit, holds: () => true, isBusy, isSpread: true });
    for (const { bucket } of taken.leases) busy.add(bucket);
    return taken.rows.map(({ id }) => id);
  };
  const readable = (hasFreeLane: boolean) => reader.readable(hasFreeLane).map(({ bucket }) => bucket);
  const read = () => reader.read(reader.readable(true));
  return { table, claims, busy, waiting, take, readable, read };
}

describe("Reader", () => {
  it("reads several batches at once, and leaves out what waits and what takes nothing (O4)", async () => {
    const { claims, waiting, read } = setUp({ batchSize: 10, lanes: 1 });
    waiting.wait(7, 1_000);
    expect(await read()).toBe(false);
    expect(claims).toMatchObject([{ limit: 40, skipKeys: [7], skipTopics: ["down"] }]);
    expect(claims[0]?.perBucket).toBeUndefined();
  });

  it("reads a bucket again only when all that was read of it is over, so that a row that was committed late is not passed by a later one of its key (O2)", async () => {
    const { table, busy, take, readable, read } = setUp();
    table.push([2, 1], [4, 2]);
    expect(await read()).toBe(true);
    expect(readable(true)).toEqual([0, 3]);
    expect(take(1)).toEqual([2]);
    expect(readable(true)).toEqual([0, 3]);
    // The row with id 1 is committed after that with id 2, and a third one of their key after both.
    table.splice(0, table.length, [1, 1], [4, 2], [5, 1]);
    await read();
    expect(take(10)).toEqual([4]);
    busy.clear();
    await read();
    expect(take(10)).toEqual([1, 4, 5]);
  });

  it("reads ahead while all lanes are busy as soon as half of its buckets can be read", async () => {
    const { table, take, busy, readable, read } = setUp();
    table.push([1, 0], [2, 1], [3, 2]);
    await read();
    take(1);
    take(1);
    take(1);
    expect(readable(false)).toEqual([]);
    busy.delete(0);
    expect(readable(false)).toEqual([0, 3]);
  });

  it("reads so many rows of each bucket that whole buckets fill a batch, and none is left over for a small one", async () => {
    const { claims, read } = setUp({ held: [0, 1, 2], batchSize: 4, lanes: 2 });
    await read();
    // Four batches of 4 in three buckets, a batch's worth or more in each: all that is read is spread evenly.
    expect(claims).toMatchObject([{ limit: 16, perBucket: 6 }]);
    const many = setUp({ buckets: 64, held: Array.from({ length: 32 }, (_, n) => n), batchSize: 100 });
    await many.read();
    // Eight buckets fill a batch, with twelve of each.
    expect(many.claims).toMatchObject([{ limit: 400, perBucket: 12 }]);
  });

  it("looks into each bucket where it has a part of them, and lets one fill what the others leave", async () => {
    const { table, claims, busy, take, read } = setUp({ held: [0, 1] });
    for (let id = 1; id <= 20; id++) table.push([id, 0]);
    for (let n = 0; n < 2; n++) {
      await read();
      while (take(100).length > 0) busy.clear();
      busy.clear();
    }
    expect(claims.map(({ limit, perBucket }) => [limit, perBucket])).toEqual([
      [40, 20],
      [40, 40],
    ]);
  });
});
