import { RetryLater } from "../brokers/retry-later.js";
import type { BrokerCase } from "./broker-case.js";
import { groups, sharedBacklog } from "./broker-needs.js";
import { expect } from "./expect.js";

/** How much a subscriber is given at a time. */
export const limitCases: readonly BrokerCase[] = [
  {
    title: "handles as many messages at the same moment as concurrency says, and no more",
    body: async (bed) => {
      const gate = bed.gate();
      const { received } = await bed.subscribe({ concurrency: 3, handle: () => gate.promise });
      const messages = bed.messages(20);
      await bed.publish(...messages);
      await received.whenRunning(3);
      gate.resolve();
      await received.exactly(messages);
      expect(received.peak === 3, `${received.peak} messages were handled at the same moment, not 3.`);
    },
  },
  {
    title: "holds no more messages than prefetch says, those that wait for another try among them (C2)",
    body: async (bed) => {
      const held = new Set<string>();
      let most = 0;
      const { received } = await bed.subscribe({
        prefetch: 5,
        handle: ({ id }) => {
          if (held.delete(id)) return undefined;
          most = Math.max(most, held.add(id).size);
          return new RetryLater(bed.pauseMs / 2);
        },
      });
      const messages = bed.keyed(20, 20);
      await bed.publish(...messages);
      await received.exactly(messages);
      expect(most <= 5, `${most} messages were taken that were not done, with a prefetch of 5.`);
    },
  },
  {
    title: "leaves to the others of a group what is more than prefetch (C2)",
    needs: [groups, sharedBacklog],
    body: async (bed) => {
      const group = bed.newGroup();
      const gate = bed.gate();
      const messages = bed.keyed(30, 30);
      const slow = await bed.subscribe({ group, prefetch: 5, handle: () => gate.promise });
      await bed.publish(...messages);
      await slow.received.whenRunning(5);
      const { received } = await bed.subscribe({ broker: await bed.another(), group });
      const rest = messages.filter((message) => slow.received.triesOf(message).length === 0);
      await received.exactly(rest);
      expect(rest.length === 25, `A member with a prefetch of 5 took ${30 - rest.length} messages.`);
      gate.resolve();
      await slow.received.exactly(messages.filter((message) => !rest.includes(message)));
    },
  },
];
