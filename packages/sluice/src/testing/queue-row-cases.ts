import type { QueueStore } from "../queue/queue-store.js";
import { expect, expectEqual } from "./expect.js";
import { claimAll, holdAll, idsOf, workerNamed } from "./store-test-bed.js";

/** A case for a queue that can be filled: with so many messages of each key, in turn; gives their ids. */
export interface FilledQueueCase {
  readonly title: string;
  body(
    queue: QueueStore,
    fill: (count: number, keys?: readonly string[]) => Promise<string[]>,
  ): Promise<void>;
}

const dead = (id: number) => ({ id, attempts: 3, error: "Error: no", retryInMs: undefined });
const later = (id: number, retryInMs = 60_000) => ({ id, attempts: 1, error: "Error: not now", retryInMs });

export const rowCases: readonly FilledQueueCase[] = [
  {
    title: "reads the first rows of the buckets that are held, and changes nothing (O2, O3)",
    async body(queue, fill) {
      await fill(30, ["a", "b", "c", "d", "e"]);
      const leases = await holdAll(queue);
      const all = await claimAll(queue, leases);
      expectEqual(all.length, 30, "All rows");
      for (const bucket of new Set(all.map((row) => row.bucket))) {
        const lease = leases.filter((held) => held.bucket === bucket);
        const own = all.filter((row) => row.bucket === bucket);
        expectEqual(idsOf(await claimAll(queue, lease)), idsOf(own), "The rows of one bucket");
        expectEqual(idsOf(await claimAll(queue, lease, 3)), idsOf(own.slice(0, 3)), "The first three of it");
        const ids = own.map(({ id }) => id);
        expectEqual(
          ids,
          ids.toSorted((a, b) => a - b),
          "Their order",
        );
      }
      expectEqual((await claimAll(queue, leases, 7)).length, 7, "Seven rows");
      const claim = { leases, limit: 100, skipKeys: [], skipTopics: [] };
      const few = await queue.rows.claim({ ...claim, perBucket: 2 });
      for (const bucket of new Set(all.map((row) => row.bucket))) {
        const own = all.filter((row) => row.bucket === bucket);
        const found = few.filter((row) => row.bucket === bucket);
        expectEqual(idsOf(found), idsOf(own.slice(0, 2)), "Two of a bucket");
      }
      const inOrder = all.toSorted((a, b) => a.id - b.id);
      const next = await queue.rows.claim({ ...claim, limit: 10 });
      expectEqual(idsOf(next), idsOf(inOrder.slice(0, 10)), "The first ten rows of all");
      expectEqual((await claimAll(queue, leases)).length, 30, "All rows, again");
    },
  },
  {
    title: "leaves out keys and topics that wait (O4)",
    async body(queue, fill) {
      await fill(6, ["a", "b"]);
      const leases = await holdAll(queue);
      const [first] = await claimAll(queue, leases);
      const claim = {
        leases,
        perBucket: 10,
        limit: 10,
        skipKeys: [first?.keyHash as number],
        skipTopics: [] as string[],
      };
      const rest = await queue.rows.claim(claim);
      expectEqual(rest.length, 3, "The other key");
      expect(!rest.some(({ key }) => key === first?.key), "A row of the key that waits was read.");
      const others = await queue.rows.claim({ ...claim, skipTopics: [first?.topic as string] });
      expectEqual(others.length, 0, "Nothing of the topic");
    },
  },
  {
    title: "is done with a row for good (O3)",
    async body(queue, fill) {
      await fill(5);
      const leases = await holdAll(queue);
      const rows = await claimAll(queue, leases);
      const ids = rows.map(({ id }) => id);
      expectEqual(await queue.rows.complete(leases, ids.slice(0, 2)), 2, "Rows that were marked");
      expectEqual(idsOf(await claimAll(queue, leases)), idsOf(rows.slice(2)), "What is left");
      expectEqual(await queue.rows.complete(leases, ids.slice(0, 2)), 0, "Rows that were marked again");
      const apart = [ids[2], ids[4]] as number[];
      expectEqual(await queue.rows.complete(leases, apart), 2, "Rows that do not follow each other");
      expectEqual(idsOf(await claimAll(queue, leases)), idsOf(rows.slice(3, 4)), "The one between them");
    },
  },
  {
    title: "refuses what comes from behind the fence (O3)",
    async body(queue, fill) {
      await fill(4);
      const stale = await holdAll(queue, workerNamed("frozen", 1));
      const ids = (await claimAll(queue, stale)).map(({ id }) => id);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const leases = await holdAll(queue, workerNamed("next"));
      expectEqual(await queue.rows.complete(stale, ids), 0, "Rows that the frozen one has marked");
      expectEqual(await queue.rows.fail(stale, ids.map(dead)), 0, "Rows that the frozen one has failed");
      const rows = await claimAll(queue, leases);
      expectEqual(
        rows.map(({ attempts }) => attempts),
        [0, 0, 0, 0],
        "The rows, untouched",
      );
      await queue.leases.release(leases);
      expectEqual(await queue.rows.complete(leases, ids), 0, "Rows marked after the bucket was given back");
    },
  },
  {
    title: "marks no row of a bucket that is not among the leases given (O3)",
    async body(queue, fill) {
      await fill(
        40,
        Array.from({ length: 40 }, (_, n) => `key ${n}`),
      );
      const leases = await holdAll(queue);
      if (leases.length < 2) return;
      const rows = await claimAll(queue, leases);
      const own = leases.filter(({ bucket }) => bucket === rows[0]?.bucket);
      const ids = rows.map(({ id }) => id);
      const marked = await queue.rows.complete(own, ids);
      expectEqual(
        marked,
        rows.filter(({ bucket }) => bucket === rows[0]?.bucket).length,
        "Rows that were marked",
      );
    },
  },
  {
    title: "keeps attempts, error and time of a row that failed (O4)",
    async body(queue, fill) {
      const [id] = await fill(2, ["a", "b"]);
      const leases = await holdAll(queue);
      const row = (await claimAll(queue, leases)).find(({ messageId }) => messageId === id);
      expectEqual(await queue.rows.fail(leases, [later(row?.id as number)]), 1, "Rows that failed");
      const waiting = await queue.rows.waiting(leases);
      expectEqual(
        waiting.map(({ keyHash }) => keyHash),
        [row?.keyHash],
        "Keys that wait",
      );
      const ms = waiting[0]?.ms ?? 0;
      expect(ms > 50_000 && ms <= 60_000, `The key waits for ${ms} ms, expected a little less than 60,000.`);
      const [record] = await queue.desk.find(id as string);
      expectEqual(
        [record?.attempts, record?.lastError, record?.state],
        [1, "Error: not now", "pending"],
        "The row",
      );
      expect((record?.nextTryAt?.getTime() ?? 0) > Date.now() + 30_000, "The row says when its next try is.");
      expectEqual((await queue.desk.stats()).waiting, 1, "Rows that wait, for people");
    },
  },
  {
    title: "does not deliver dead letters, until they are replayed, in their old place (O4)",
    async body(queue, fill) {
      const ids = await fill(3);
      const leases = await holdAll(queue);
      const rows = await claimAll(queue, leases);
      await queue.rows.fail(leases, [dead(rows[0]?.id as number), dead(rows[2]?.id as number)]);
      expectEqual(idsOf(await claimAll(queue, leases)), [ids[1]], "What is delivered");
      expectEqual(
        idsOf(await queue.desk.list({ state: "dead", limit: 10 })),
        [ids[0], ids[2]],
        "Dead letters",
      );
      expectEqual(await queue.desk.replay({ state: "dead", messageIds: [ids[0] as string] }), 1, "Replayed");
      const [first] = await claimAll(queue, leases);
      expectEqual([first?.messageId, first?.attempts], [ids[0], 0], "What is delivered first then");
      expectEqual(
        await queue.desk.replay({ state: "dead", topic: "nobody's" }),
        0,
        "Replayed of another topic",
      );
      expectEqual(await queue.desk.replay({ state: "dead" }), 1, "Replayed of all");
      expectEqual(idsOf(await claimAll(queue, leases)), ids, "All of them in the end");
    },
  },
  {
    title: "lists in pages, counts, discards",
    async body(queue, fill) {
      const ids = await fill(5);
      const page = await queue.desk.list({ state: "pending", limit: 2 });
      const next = await queue.desk.list({ state: "pending", limit: 2, afterId: page[1]?.id });
      expectEqual(idsOf([...page, ...next]), ids.slice(0, 4), "Two pages");
      expectEqual(await queue.desk.discard({ state: "dead", messageIds: ids }), 0, "Dead ones discarded");
      expectEqual(
        await queue.desk.discard({ state: "pending", messageIds: ids.slice(0, 2) }),
        2,
        "Discarded",
      );
      const { pending, done, lagMs } = await queue.desk.stats();
      expectEqual([pending, done], [3, 0], "What is left");
      expect(lagMs >= 0 && lagMs < 60_000, `The oldest is ${lagMs} ms old.`);
      expectEqual(await queue.desk.find("nobody"), [], "What nobody knows");
    },
  },
];
