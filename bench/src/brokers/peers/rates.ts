import type { Message } from "sluice";
import { AllSeen } from "../all-seen.js";
import { batchesFor, messagesFor } from "../messages.js";
import type { Publisher, Side } from "./side.js";

/** How many calls of `publish` are under way. */
export const inFlight = 100;

/** Messages a second, each run with a topic of its own. */
export interface Rates {
  readonly name: string;
  /** One message a call. */
  publish(messages: number): Promise<number>;
  publishBatches(messages: number): Promise<number>;
  consume(messages: number): Promise<number>;
}

export const ratesOf = (side: Side): Rates => ({
  name: side.name,

  async publish(messages) {
    const topic = await newTopic(side);
    await using publisher = await side.openPublisher(topic);
    const start = performance.now();
    await publishEach(publisher, topic, messages);
    return (1_000 * messages) / (performance.now() - start);
  },

  async publishBatches(messages) {
    const topic = await newTopic(side);
    await using publisher = await side.openPublisher(topic);
    const batches = batchesFor(topic, messages);
    const start = performance.now();
    await publishAll(publisher, batches);
    return (1_000 * messages) / (performance.now() - start);
  },

  async consume(messages) {
    const topic = await newTopic(side);
    {
      await using publisher = await side.openPublisher(topic);
      if (publisher.publishBatch === undefined) await publishEach(publisher, topic, messages);
      else await publishAll(publisher, batchesFor(topic, messages));
    }
    const seen = new AllSeen(messages);
    await side.consume(topic, seen);
    return seen.rate;
  },
});

async function newTopic(side: Side): Promise<string> {
  const topic = crypto.randomUUID();
  await side.create?.(topic);
  return topic;
}

async function publishAll(publisher: Publisher, batches: readonly Message[][]): Promise<void> {
  for (const batch of batches) await publisher.publishBatch?.(batch);
}

async function publishEach(publisher: Publisher, topic: string, messages: number): Promise<void> {
  const left = messagesFor(topic, messages).values();
  const lane = async () => {
    for (const message of left) await publisher.publish(message);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
