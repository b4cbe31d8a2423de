import type { Message, MessageBroker } from "sluice";
import { rateRow } from "../outbox/rate-row.js";
import { inTurn } from "../turns.js";
import type { Row } from "../work.js";
import { AllSeen } from "./all-seen.js";
import { batchesFor, batchSize, count, group, keys, prefetch } from "./messages.js";

/** What a broker of ours is measured beside: its client by itself, which does the same acknowledged work. */
export interface BareClient {
  /** For people. */
  readonly name: string;
  /** Makes a topic, and what its group needs. */
  create(topic: string): Promise<unknown>;
  /** Resolves when the broker has all of the batch for good. */
  publish(batch: readonly Message[]): Promise<unknown>;
  /** Shows each message's payload, acknowledges it, and ends when all are seen. */
  consume(topic: string, seen: AllSeen): Promise<void>;
}

const rounds = 7;
const signal = new AbortController().signal;

/** Publishing, and consuming, each run with a topic of its own. */
export async function* besideClient(
  name: string,
  broker: MessageBroker,
  bare: BareClient,
): AsyncGenerator<Row> {
  const publishOurs = (batch: readonly Message[]) => broker.publish(batch, { signal });
  const published = await inTurn(rounds, {
    ours: () => publishRate(bare, publishOurs),
    theirs: () => publishRate(bare, (batch) => bare.publish(batch)),
  });
  const row = (work: string, { ours, theirs }: typeof published, goal: number) =>
    rateRow(
      `${name}, ${count} messages, ${keys} keys, ${work}`,
      { measured: broker.constructor.name, rates: ours, against: bare.name, otherRates: theirs },
      goal,
      "messages",
    );
  yield row(`publish in batches of ${batchSize}`, published, 0.9);
  const consumed = await inTurn(rounds, {
    ours: () => consumeRate(bare, (topic, seen) => consumeOurs(broker, topic, seen)),
    theirs: () => consumeRate(bare, (topic, seen) => bare.consume(topic, seen)),
  });
  yield row("consume", consumed, 0.85);
}

async function publishRate(bare: BareClient, publish: (batch: readonly Message[]) => Promise<unknown>) {
  const topic = crypto.randomUUID();
  await bare.create(topic);
  const batches = batchesFor(topic);
  const start = performance.now();
  for (const batch of batches) await publish(batch);
  return (1_000 * count) / (performance.now() - start);
}

async function consumeRate(bare: BareClient, consume: BareClient["consume"]): Promise<number> {
  const topic = crypto.randomUUID();
  await bare.create(topic);
  for (const batch of batchesFor(topic)) await bare.publish(batch);
  const seen = new AllSeen();
  await consume(topic, seen);
  return seen.rate;
}

async function consumeOurs(broker: MessageBroker, topic: string, seen: AllSeen): Promise<void> {
  const subscription = await broker.subscribe?.({
    topics: [topic],
    group,
    prefetch,
    onMessage: async ({ payload }) => seen.see(payload),
  });
  await seen.all;
  await subscription?.close();
}
