import type { BrokerCase } from "./broker-case.js";
import { groups, noReplay, replay } from "./broker-needs.js";
import type { BrokerTestBed } from "./broker-test-bed.js";
import { expect, expectRejection } from "./expect.js";

/** Some messages, a moment, and some more. */
async function publishTwice(bed: BrokerTestBed) {
  const old = bed.messages(10);
  await bed.publish(...old);
  // What came first is to be older than the moment by every clock.
  await bed.pause(20);
  const between = new Date();
  await bed.pause(20);
  const recent = bed.messages(10);
  await bed.publish(...recent);
  return { old, between, recent };
}

/** What a new subscriber gets of what was published before. */
export const replayCases: readonly BrokerCase[] = [
  {
    title: "begins with the oldest message, with the next one, or at a moment",
    needs: [replay],
    body: async (bed) => {
      const { old, between, recent } = await publishTwice(bed);
      const [all, next, since] = [
        await bed.subscribe({ startAt: "earliest" }),
        await bed.subscribe({ startAt: "latest" }),
        await bed.subscribe({ startAt: between }),
      ];
      const after = bed.messages(5);
      await bed.publish(...after);
      await all.received.exactly([...old, ...recent, ...after]);
      await next.received.exactly(after);
      await since.received.exactly([...recent, ...after]);
    },
  },
  {
    title: "has a new group begin with the oldest message, with the next one, or at a moment",
    needs: [groups, replay],
    body: async (bed) => {
      const { old, between, recent } = await publishTwice(bed);
      const begin = async (startAt?: "latest" | Date) => {
        const group = bed.newGroup();
        return { group, ...(await bed.subscribe({ group, startAt })) };
      };
      const [all, next, since] = [await begin(), await begin("latest"), await begin(between)];
      const after = bed.messages(5);
      await bed.publish(...after);
      await all.received.exactly([...old, ...recent, ...after]);
      await next.received.exactly(after);
      await since.received.exactly([...recent, ...after]);
    },
  },
  {
    title: "has a group that is known go on where it was, whatever startAt says",
    needs: [groups, replay],
    body: async (bed) => {
      const group = bed.newGroup();
      const before = bed.messages(5);
      await bed.publish(...before);
      const first = await bed.subscribe({ group });
      await first.received.exactly(before);
      await bed.end(first.subscription);
      const meanwhile = bed.messages(5);
      await bed.publish(...meanwhile);
      const { received, subscription } = await bed.subscribe({ group, startAt: "latest" });
      await received.exactly(meanwhile);
      await bed.end(subscription);
      const second = await bed.subscribe({ group, startAt: "earliest" });
      const after = bed.messages(5);
      await bed.publish(...after);
      await second.received.exactly(after);
    },
  },
  {
    title: "refuses to begin with what it does not keep",
    needs: [noReplay],
    body: async (bed) => {
      for (const startAt of ["earliest", new Date()] as const) {
        const refusal = await expectRejection(
          bed.subscribe({ group: bed.newGroup(), startAt }),
          "It took a startAt that it cannot keep.",
        );
        const { code } = refusal as { code?: unknown };
        expect(code === "SLUICE_INVALID_OPTION", `It refused with another error: ${refusal}`);
      }
    },
  },
];
