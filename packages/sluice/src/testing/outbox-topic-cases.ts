import type { Outbox } from "../outbox/outbox.js";
import type { QueueRow } from "../queue/queue-row.js";
import { expect, expectEqual } from "./expect.js";
import type { StoreCase } from "./store-case.js";
import { addCommitted, claimAll, holdAll, idsOf } from "./store-test-bed.js";
import { Tested } from "./store-test-messages.js";

/** Six keys of each topic, three times over; the topics lie mixed. */
const topics = ["a", "b", "c"];
const events = () =>
  Array.from({ length: 54 }, (_, n) => new Tested({ n }, `key ${Math.floor(n / 3) % 6}`, topics[n % 3]));

const sorted = (rows: readonly QueueRow[]) => rows.toSorted((a, b) => a.id - b.id);

export const topicCases: readonly StoreCase<Outbox<unknown>>[] = [
  {
    title: "reads beside topics that take nothing the first rows of all others, each once (O2, O4)",
    async body({ bed }) {
      await addCommitted(bed, events());
      const { queue } = bed.store;
      const leases = await holdAll(queue);
      const all = sorted(await claimAll(queue, leases));
      expectEqual(all.length, 54, "All rows");
      const claim = { leases, limit: 100, skipKeys: [] as number[] };
      for (const skipTopics of [["a"], ["b"], ["c"], ["a", "c"], ["b", "x"], topics]) {
        const wanted = all.filter(({ topic }) => !skipTopics.includes(topic));
        const found = await queue.rows.claim({ ...claim, limit: 1_000, skipTopics });
        expectEqual(idsOf(sorted(found)), idsOf(wanted), `Rows beside ${skipTopics}`);
      }
      const few = await queue.rows.claim({ ...claim, limit: 6, skipTopics: ["b"] });
      for (const topic of ["a", "c"]) {
        const found = sorted(few.filter((row) => row.topic === topic));
        expect(found.length > 0, `Nothing of topic ${topic} was read.`);
        const first = all.filter((row) => row.topic === topic).slice(0, found.length);
        expectEqual(idsOf(found), idsOf(first), `The first rows of topic ${topic}`);
      }
    },
  },
  {
    title:
      "reads beside such a topic no row of a key that waits, nor of a bucket that is not asked for (O3, O4)",
    async body({ bed }) {
      await addCommitted(bed, events());
      const { queue } = bed.store;
      const leases = await holdAll(queue);
      const all = sorted(await claimAll(queue, leases)).filter(({ topic }) => topic !== "b");
      const [first] = all as [QueueRow];
      const claim = { limit: 1_000, skipTopics: ["b"] };
      const others = await queue.rows.claim({ ...claim, leases, skipKeys: [first.keyHash] });
      const wanted = all.filter(({ keyHash }) => keyHash !== first.keyHash);
      expectEqual(idsOf(sorted(others)), idsOf(wanted), "Rows of the other keys");
      const own = leases.filter(({ bucket }) => bucket === first.bucket);
      const found = await queue.rows.claim({ ...claim, leases: own, skipKeys: [] });
      const ofBucket = all.filter(({ bucket }) => bucket === first.bucket);
      expectEqual(idsOf(sorted(found)), idsOf(ofBucket), "Rows of one bucket");
    },
  },
];
