import type { Message } from "../brokers/message.js";
import type { BrokerCase } from "./broker-case.js";
import { groups } from "./broker-needs.js";
import type { BrokerTestBed } from "./broker-test-bed.js";
import { expect, expectEqual } from "./expect.js";
import type { ReceivedMessages } from "./received-messages.js";

/**
 * A member that is closed in the middle of five messages and waits for nobody. It is done with ten before them and with
 * five behind them, which a broker with offsets has to give again; those before them it has not.
 */
async function givesUp(bed: BrokerTestBed, group: string) {
  const gate = bed.gate();
  const signals: AbortSignal[] = [];
  const [done, unfinished, behind] = [bed.keyed(10, 10), bed.messages(5), bed.messages(5)];
  const stuck = new Set(unfinished.map(({ id }) => id));
  const { received, subscription } = await bed.subscribe({
    group,
    closeTimeoutMs: 0,
    handle: ({ id }, signal) => {
      if (!stuck.has(id)) return undefined;
      signals.push(signal);
      return gate.promise;
    },
  });
  await bed.publish(...done);
  await received.exactly(done);
  await bed.publish(...unfinished, ...behind);
  await received.whenRunning(5);
  await received.exactly([...done, ...behind]);
  return { gate, done, unfinished, signals, subscription };
}

/** The group goes on with what was unfinished, and does nothing again that was done before it. */
async function expectGoesOn(
  bed: BrokerTestBed,
  { done, unfinished }: { readonly done: readonly Message[]; readonly unfinished: readonly Message[] },
  received: ReceivedMessages,
): Promise<void> {
  const lost = () => unfinished.filter((message) => !received.has(message)).length;
  await received.until(() => lost() === 0, "Unfinished messages did not come again.");
  const after = bed.keyed(10, 10);
  await bed.publish(...after);
  await received.until(() => after.every((message) => received.has(message)), "The group does not go on.");
  const repeated = done.filter((message) => received.has(message)).length;
  expect(repeated === 0, `${repeated} messages came again that were done.`);
}

/** What one member leaves to another. */
export const handoverCases: readonly BrokerCase[] = [
  {
    title:
      "acknowledges nothing unfinished: a later start of the group gets it, even if it ends well after all (C3)",
    needs: [groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const { gate, signals, subscription, ...messages } = await givesUp(bed, group);
      await bed.end(subscription);
      expectEqual(signals.filter(({ aborted }) => aborted).length, 5, "The aborted signals");
      gate.resolve();
      await bed.pause(0);
      const { received } = await bed.subscribe({ broker: await bed.another(), group });
      await expectGoesOn(bed, messages, received);
    },
  },
  {
    title: "leaves what is unfinished to the others of the group (C3)",
    needs: [groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const { subscription, ...messages } = await givesUp(bed, group);
      const { received } = await bed.subscribe({ broker: await bed.another(), group });
      await bed.end(subscription);
      await expectGoesOn(bed, messages, received);
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
