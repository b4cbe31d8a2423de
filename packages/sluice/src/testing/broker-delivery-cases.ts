import type { BrokerCase } from "./broker-case.js";
import { fanOut } from "./broker-needs.js";
import { expectEqual } from "./expect.js";

/** Who receives what. */
export const deliveryCases: readonly BrokerCase[] = [
  {
    title: "gives every subscriber of a topic every message",
    needs: [fanOut],
    body: async (bed) => {
      const subscribers = await Promise.all(Array.from({ length: 10 }, () => bed.subscribe()));
      const messages = bed.messages(50);
      await bed.publish(...messages);
      await Promise.all(subscribers.map(({ received }) => received.exactly(messages)));
    },
  },
  {
    title: "loses nothing among concurrent subscribers",
    body: async (bed) => {
      const into = bed.received();
      await Promise.all(Array.from({ length: 10 }, () => bed.subscribe({ into })));
      const messages = bed.messages(100);
      await bed.publish(...messages);
      await into.exactly(messages);
    },
  },
  {
    title: "keeps topics apart, in one batch too",
    body: async (bed) => {
      const topics = [await bed.newTopic(), await bed.newTopic()];
      const subscribers = await Promise.all(topics.map((topic) => bed.subscribe({ topics: [topic] })));
      const messages = bed.messages(20, (n) => ({ topic: topics[n % 2] as string }));
      await bed.publish(...messages);
      for (const [index, { received }] of subscribers.entries()) {
        await received.exactly(messages.filter(({ topic }) => topic === topics[index]));
      }
    },
  },
  {
    title: "brings many topics to one subscription, and says of each message which it was",
    body: async (bed) => {
      const topics = await Promise.all(Array.from({ length: 5 }, () => bed.newTopic()));
      const { received } = await bed.subscribe({ topics });
      const messages = bed.messages(50, (n) => ({ topic: topics[n % 5] as string }));
      await bed.publish(...messages);
      await received.exactly(messages);
      const topicOf = new Map(received.all.map(({ id, topic }) => [id, topic]));
      const given = messages.map(({ id }) => topicOf.get(id));
      expectEqual(
        given,
        messages.map(({ topic }) => topic),
        "The topics",
      );
    },
  },
  {
    title: "gives a new subscriber what is published from then on",
    needs: [fanOut],
    body: async (bed) => {
      await bed.publish(...bed.messages(10));
      const { received } = await bed.subscribe();
      const messages = bed.messages(10);
      await bed.publish(...messages);
      await received.exactly(messages);
    },
  },
  {
    title: "keeps no message from others when one subscriber fails on it",
    needs: [fanOut],
    body: async (bed) => {
      await bed.subscribe({
        handle: () => {
          throw new Error("A subscriber fails, as the suite wants it to.");
        },
      });
      const { received } = await bed.subscribe();
      const messages = bed.messages(20);
      await bed.publish(...messages);
      await received.exactly(messages);
    },
  },
];
