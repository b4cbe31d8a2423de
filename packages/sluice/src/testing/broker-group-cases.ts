import type { BrokerCase } from "./broker-case.js";
import { groups, sharedWork } from "./broker-needs.js";
import { expect } from "./expect.js";

/** How the members of a group share what is published. */
export const groupCases: readonly BrokerCase[] = [
  {
    title: "gives every group every message, and each to one of its members",
    needs: [groups],
    body: async (bed) => {
      const brokers = [bed.broker, await bed.another()];
      const receiving = [bed.received(), bed.received()];
      for (const into of receiving) {
        const group = bed.newGroup();
        for (const broker of brokers) await bed.subscribe({ broker, group, into });
      }
      const messages = bed.keyed(100, 50);
      await bed.publish(...messages.slice(0, 50));
      for (const message of messages.slice(50)) await bed.publish(message);
      for (const received of receiving) await received.exactly(messages);
      for (const received of receiving) received.expectNoRepeats();
    },
  },
  {
    title: "has all members of a group work when there is enough to do",
    needs: [groups, sharedWork],
    body: async (bed) => {
      const group = bed.newGroup();
      const gate = bed.gate();
      const into = bed.received();
      const atWork = new Set<number>();
      for (const n of [0, 1]) {
        const handle = () => {
          if (atWork.add(n).size === 2) gate.resolve();
          return gate.promise;
        };
        const broker = n === 0 ? bed.broker : await bed.another();
        await bed.subscribe({ broker, group, into, prefetch: 5, handle });
      }
      const messages = bed.keyed(100, 100);
      await bed.publish(...messages);
      await into.until(() => atWork.size === 2, `Only ${atWork.size} of 2 members were given anything.`);
      await into.exactly(messages);
    },
  },
  {
    title: "keeps messages for a group whose members are all away",
    needs: [groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const into = bed.received();
      const { subscription } = await bed.subscribe({ group, into });
      const before = bed.messages(10);
      await bed.publish(...before);
      await into.exactly(before);
      await bed.end(subscription);
      const meanwhile = bed.messages(10);
      await bed.publish(...meanwhile);
      await bed.subscribe({ broker: await bed.another(), group, into });
      const after = bed.messages(10);
      await bed.publish(...after);
      await into.exactly([...before, ...meanwhile, ...after]);
      into.expectNoRepeats();
    },
  },
  {
    title: "brings many topics to one group",
    needs: [groups],
    body: async (bed) => {
      const group = bed.newGroup();
      const topics = await Promise.all(Array.from({ length: 3 }, () => bed.newTopic()));
      const into = bed.received();
      for (const broker of [bed.broker, await bed.another()])
        await bed.subscribe({ broker, group, topics, into });
      const messages = bed.messages(60, (n) => ({ topic: topics[n % 3] as string, key: `key ${n}` }));
      await bed.publish(...messages);
      await into.exactly(messages);
      const strange = into.all.filter(({ topic }) => !topics.includes(topic));
      expect(strange.length === 0, `${strange.length} messages came from other topics.`);
    },
  },
];
