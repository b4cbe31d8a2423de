import type { BrokerCase } from "./broker-case.js";
import { groups } from "./broker-needs.js";
import type { BrokerTestBed } from "./broker-test-bed.js";
import { expect, expectEqual } from "./expect.js";

/** A member that is done with ten messages, and in the middle of five when it is closed and waits for nobody. */
async function givesUp(bed: BrokerTestBed, group: string) {
  const gate = bed.gate();
  const signals: AbortSignal[] = [];
  let isStuck = false;
  const { received, subscription } = await bed.subscribe({
    group,
    closeTimeoutMs: 0,
    handle: (_, signal) => {
      if (!isStuck) return undefined;
      signals.push(signal);
      return gate.promise;
    },
  });
  const done = bed.keyed(10, 10);
  await bed.publish(...done);
  await received.exactly(done);
  isStuck = true;
  const unfinished = bed.keyed(5, 5);
  await bed.publish(...unfinished);
  await received.whenRunning(5);
  return { gate, done, unfinished, signals, subscription };
}

/** What one member leaves to another. */
export const handoverCases: readonly BrokerCase[] = [
  {
    title:
      "acknowledges nothing unfinished: a later start of the group gets it, also when it ends well after all (C3)",
    needs: [groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const { gate, unfinished, signals, subscription } = await givesUp(bed, group);
      await bed.end(subscription);
      const aborted = signals.filter(({ aborted }) => aborted).length;
      expectEqual(aborted, 5, "The aborted signals");
      gate.resolve();
      await bed.pause(0);
      const { received } = await bed.subscribe({ broker: await bed.another(), group });
      await received.exactly(unfinished);
    },
  },
  {
    title: "leaves what is unfinished to the others of the group (C3)",
    needs: [groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const { unfinished, subscription } = await givesUp(bed, group);
      const { received } = await bed.subscribe({ broker: await bed.another(), group });
      await bed.end(subscription);
      await received.exactly(unfinished);
    },
  },
  {
    title: "goes on where a group was: each message once, however often its member is closed",
    needs: [groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const into = bed.received();
      const messages = bed.keyed(100, 25);
      await bed.subscribe({ group, into }).then(({ subscription }) => bed.end(subscription));
      await bed.publish(...messages);
      for (let wanted = 20; wanted <= 100; wanted += 20) {
        const handle = () => bed.pause(0);
        const member = await bed.subscribe({ group, into, handle, concurrency: 1 });
        await into.until(() => into.all.length >= wanted, "The group does not go on.");
        await bed.end(member.subscription);
      }
      await into.exactly(messages);
      into.expectNoRepeats();
    },
  },
  {
    title: "loses nothing when members of a group come and go while messages are published",
    needs: [groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const into = bed.received();
      const brokers = [bed.broker, await bed.another()] as const;
      let member = await bed.subscribe({ group, into });
      const messages = bed.keyed(200, 16);
      const publishing = (async () => {
        for (let from = 0; from < 200; from += 10) {
          await bed.publish(...messages.slice(from, from + 10));
          await bed.pause(bed.pauseMs / 20);
        }
      })();
      for (let n = 1; n <= 3; n++) {
        const next = await bed.subscribe({ broker: brokers[n % 2], group, into });
        await bed.end(member.subscription);
        member = next;
      }
      await publishing;
      await into.exactly(messages);
    },
  },
  {
    title: "leaves to a later start what members have not begun when all are closed at once",
    needs: [groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const into = bed.received();
      const handle = () => bed.pause(0);
      const members = [];
      for (const broker of [bed.broker, await bed.another()])
        members.push(await bed.subscribe({ broker, group, into, handle, concurrency: 2 }));
      const messages = bed.keyed(100, 50);
      await bed.publish(...messages);
      await into.until(() => into.all.length > 0, "Nothing came in time.");
      const closes = members.flatMap(({ subscription }) => [subscription.close(), subscription.close()]);
      await bed.within(Promise.all(closes), "The subscriptions did not close in time.");
      expect(into.running === 0, `${into.running} messages were being handled when all were closed.`);
      await bed.subscribe({ group, into });
      await into.exactly(messages);
    },
  },
];
