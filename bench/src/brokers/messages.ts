import type { Message } from "sluice";

export const count = 100_000;
export const batchSize = 500;
export const keys = 16;
export const prefetch = 1_000;
export const group = "bench";

/** What each payload has, for whoever is to show that it was read. */
export const text = "x".repeat(100);

export function messagesFor(topic: string, messages = count): Message[] {
  return Array.from({ length: messages }, (_, n) => ({
    id: crypto.randomUUID(),
    name: "order.placed",
    topic,
    key: `key ${n % keys}`,
    timestamp: new Date(),
    headers: { "correlation-id": crypto.randomUUID() },
    payload: { n, text },
  }));
}

/** The messages of one run, in batches. */
export function batchesFor(topic: string, messages = count): Message[][] {
  const all = messagesFor(topic, messages);
  return Array.from({ length: messages / batchSize }, (_, n) =>
    all.slice(n * batchSize, (n + 1) * batchSize),
  );
}

/** What Sluice writes into the headers of a message, by hand. */
export function headersByHand({ id, name, key = "", timestamp, headers }: Message, prefix: string) {
  return {
    ...headers,
    [`${prefix}specversion`]: "1.0",
    [`${prefix}id`]: id,
    [`${prefix}source`]: "/bench",
    [`${prefix}type`]: name,
    [`${prefix}time`]: timestamp.toISOString(),
    [`${prefix}partitionkey`]: key,
  };
}
