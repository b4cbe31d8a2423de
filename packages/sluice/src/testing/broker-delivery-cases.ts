import type { Message } from "../brokers/message-broker.js";
import type { BrokerCase } from "./broker-case.js";
import type { BrokerTestBed } from "./broker-test-bed.js";
import { expect, expectEqual } from "./expect.js";

const keyed = (bed: BrokerTestBed, count: number, keys: number) =>
  bed.messages(count, (n) => ({ key: `key ${n % keys}` }));

function idsByKey(messages: readonly Message[]): Record<string, string[]> {
  const byKey: Record<string, string[]> = {};
  for (const { id, key = "" } of messages) {
    byKey[key] ??= [];
    byKey[key].push(id);
  }
  return Object.fromEntries(Object.entries(byKey).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Who receives what, and in which order. */
export const deliveryCases: readonly BrokerCase[] = [
  {
    title: "gives every subscriber of a topic every message",
    needs: "fanOut",
    body: async (bed) => {
      const subscribers = Array.from({ length: 10 }, () => bed.received());
      await Promise.all(subscribers.map((each) => each.subscribe(bed.broker, bed.topic)));
      const messages = bed.messages(50);
      await bed.publish(...messages);
      await Promise.all(subscribers.map((each) => each.exactly(messages)));
    },
  },
  {
    title: "loses nothing among concurrent subscribers",
    body: async (bed) => {
      const received = bed.received();
      await Promise.all(Array.from({ length: 10 }, () => received.subscribe(bed.broker, bed.topic)));
      const messages = bed.messages(100);
      await bed.publish(...messages);
      await received.exactly(messages);
    },
  },
  {
    title: "loses nothing of concurrent publishers",
    body: async (bed) => {
      const received = bed.received();
      await received.subscribe(bed.broker, bed.topic);
      const messages = bed.messages(200);
      await Promise.all(messages.map((message) => bed.publish(message)));
      await received.exactly(messages);
    },
  },
  {
    title: "keeps topics apart, in one batch too",
    body: async (bed) => {
      const topics = [bed.newTopic(), bed.newTopic()];
      const subscribers = [bed.received(), bed.received()];
      for (const [index, each] of subscribers.entries())
        await each.subscribe(bed.broker, topics[index] as string);
      const messages = bed.messages(20, (n) => ({ topic: topics[n % 2] as string }));
      await bed.publish(...messages);
      for (const [index, each] of subscribers.entries()) {
        await each.exactly(messages.filter(({ topic }) => topic === topics[index]));
      }
    },
  },
  {
    title: "keeps the order per key, over batches and single messages",
    needs: "orderPerKey",
    body: async (bed) => {
      const received = bed.received();
      // Every third message takes a few turns longer.
      await received.subscribe(bed.broker, bed.topic, async ({ payload }) => {
        for (let turn = 0; turn < (payload as { n: number }).n % 3; turn++) await Promise.resolve();
      });
      const messages = keyed(bed, 160, 16);
      await bed.publish(...messages.slice(0, 80));
      for (const message of messages.slice(80)) await bed.publish(message);
      await received.exactly(messages);
      expectEqual(idsByKey(received.all), idsByKey(messages), "The order of each key");
    },
  },
  {
    title: "gives a subscriber the next message of a key only when it is done with the one before",
    needs: "orderPerKey",
    body: async (bed) => {
      const received = bed.received();
      const running = new Set<string | undefined>();
      let together = 0;
      await received.subscribe(bed.broker, bed.topic, async ({ key }) => {
        if (running.has(key)) together++;
        running.add(key);
        await new Promise((resolve) => setTimeout(resolve));
        running.delete(key);
      });
      const messages = keyed(bed, 30, 3);
      await bed.publish(...messages);
      await received.exactly(messages);
      expect(together === 0, `${together} messages came while one of their key was being handled.`);
    },
  },
  {
    title: "goes on after a subscriber has failed: messages of other keys arrive",
    body: async (bed) => {
      const received = bed.received();
      const messages = bed.messages(50, (n) => ({ key: `key ${n}` }));
      const failing = new Set(messages.slice(0, 10).map(({ id }) => id));
      const failed = new Set<string>();
      const allFailed = Promise.withResolvers<void>();
      await received.subscribe(bed.broker, bed.topic, ({ id }) => {
        if (!failing.has(id)) return;
        if (failed.add(id).size === failing.size) allFailed.resolve();
        throw new Error("A subscriber fails, as the suite wants it to.");
      });
      await bed.publish(...messages.slice(0, 30));
      await bed.within(allFailed.promise, "The messages to fail on did not come in time.");
      await bed.publish(...messages.slice(30));
      await received.exactly(messages.slice(10));
    },
  },
  {
    title: "gives a message again to a subscriber that failed on it, under the same id (M3)",
    needs: "redelivery",
    body: async (bed) => {
      const received = bed.received();
      const failed = new Set<string>();
      await received.subscribe(bed.broker, bed.topic, ({ id }) => {
        if (failed.has(id)) return;
        failed.add(id);
        throw new Error("A subscriber fails once, as the suite wants it to.");
      });
      const messages = keyed(bed, 20, 4);
      await bed.publish(...messages);
      await received.exactly(messages);
    },
  },
  {
    title: "keeps no message from others when one subscriber fails on it",
    needs: "fanOut",
    body: async (bed) => {
      const received = bed.received();
      await bed.received().subscribe(bed.broker, bed.topic, () => {
        throw new Error("A subscriber fails, as the suite wants it to.");
      });
      await received.subscribe(bed.broker, bed.topic);
      const messages = bed.messages(20);
      await bed.publish(...messages);
      await received.exactly(messages);
    },
  },
];
