import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection, headers as newHeaders } from "@nats-io/transport-node";
import { nats } from "@sluice-internal/services";
import type { Message } from "sluice";
import { NatsBroker } from "sluice/brokers/nats";
import { rateRow } from "../outbox/rate-row.js";
import { inTurn } from "../turns.js";
import type { Row } from "../work.js";

const count = 10_000;
const batchSize = 500;
const keys = 16;
const prefetch = 1_000;
const topic = "bench";
const stream = "bench";
const group = "bare";
const signal = new AbortController().signal;
const text = "x".repeat(100);
/** As NATS comes: with a sync of the disk every two minutes, not for each message. */
const settings = { "jetstream.sync_interval": "2m" };

/** Under new ids each time: the stream knows those again that it has. */
function batches(): Message[][] {
  const messages = Array.from({ length: count }, (_, n) => ({
    id: crypto.randomUUID(),
    name: "order.placed",
    topic,
    key: `key ${n % keys}`,
    timestamp: new Date(),
    headers: { "correlation-id": crypto.randomUUID() },
    payload: { n, text },
  }));
  return Array.from({ length: count / batchSize }, (_, n) =>
    messages.slice(n * batchSize, (n + 1) * batchSize),
  );
}

/** Publishing and consuming with acknowledgements, beside @nats-io/jetstream by itself. */
export async function* besideNatsClient(rounds = 7): AsyncGenerator<Row> {
  const server = await nats.start({ settings });
  const bare = await connect({ servers: server.url, noAsyncTraces: true });
  const broker = new NatsBroker({ connection: { servers: server.url } });
  try {
    const manager = await jetstreamManager(bare);
    const consumer = { durable_name: group, ack_policy: "explicit", max_ack_pending: -1 } as const;
    await manager.streams.add({ name: stream, subjects: [topic] });
    await manager.consumers.add(stream, consumer);
    const empty = () => manager.streams.purge(stream);
    const fill = () => publishOurs(broker, batches());
    const work = `NATS, ${count} messages, ${keys} keys`;
    const published = await inTurn(rounds, {
      ours: () => rateOf(batches(), (all) => publishOurs(broker, all), empty),
      theirs: () => rateOf(batches(), (all) => publishBare(bare, all), empty),
    });
    yield row(`${work}, publish in batches of ${batchSize}`, published, 0.9);
    const consumed = await inTurn(rounds, {
      ours: () => fill().then(() => rateOf(undefined, () => consumeOurs(broker), empty)),
      theirs: () => fill().then(() => rateOf(undefined, () => consumeBare(bare), empty)),
    });
    yield row(`${work}, consume`, consumed, 0.85);
  } finally {
    await broker.close();
    await bare.close();
    await server.stop();
  }
}

function row(work: string, { ours, theirs }: { ours: number[]; theirs: number[] }, goal: number): Row {
  const against = "@nats-io/jetstream";
  return rateRow(
    work,
    { measured: "NatsBroker", rates: ours, against, otherRates: theirs },
    goal,
    "messages",
  );
}

async function rateOf<T>(given: T, run: (given: T) => Promise<void>, afterwards: () => Promise<unknown>) {
  const start = performance.now();
  await run(given);
  const rate = (1_000 * count) / (performance.now() - start);
  await afterwards();
  return rate;
}

async function publishOurs(broker: NatsBroker, all: readonly Message[][]): Promise<void> {
  for (const batch of all) await broker.publish(batch, { signal });
}

async function publishBare(connection: NatsConnection, all: readonly Message[][]): Promise<void> {
  const client = jetstream(connection);
  for (const batch of all) {
    await Promise.all(
      batch.map(({ id, name, key = "", timestamp, headers, payload }) => {
        const sent = newHeaders();
        for (const [header, value] of Object.entries(headers)) sent.set(header, value);
        sent.set("ce-specversion", "1.0");
        sent.set("ce-id", id);
        sent.set("ce-source", "/bench");
        sent.set("ce-type", name);
        sent.set("ce-time", timestamp.toISOString());
        sent.set("ce-partitionkey", encodeURIComponent(key));
        sent.set("ce-datacontenttype", "application/json");
        return client.publish(topic, JSON.stringify(payload), { headers: sent, msgID: id });
      }),
    );
  }
}

/** Until each has come once, with its payload read. */
function seeing() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  const see = (payload: unknown): void => {
    if ((payload as { text?: unknown }).text === text && --left === 0) resolve();
  };
  return { see, all: promise };
}

async function consumeOurs(broker: NatsBroker): Promise<void> {
  const { see, all } = seeing();
  const onMessage = async ({ payload }: Message) => see(payload);
  const subscription = await broker.subscribe({ topics: [topic], group: "ours", prefetch, onMessage });
  await all;
  await subscription.close();
}

async function consumeBare(connection: NatsConnection): Promise<void> {
  const { see, all } = seeing();
  const consumer = await jetstream(connection).consumers.get(stream, group);
  const messages = await consumer.consume({ max_messages: prefetch });
  const reading = (async () => {
    for await (const message of messages) {
      see(message.json());
      message.ack();
    }
  })();
  await all;
  await messages.close();
  await reading;
  await connection.flush();
}
