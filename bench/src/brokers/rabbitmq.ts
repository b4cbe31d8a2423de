import { once } from "node:events";
import { rabbitmq } from "@sluice-internal/services";
import { Connection } from "rabbitmq-client";
import type { Message } from "sluice";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { rateRow } from "../outbox/rate-row.js";
import { inTurn } from "../turns.js";
import type { Row } from "../work.js";

const count = 10_000;
const batchSize = 500;
const keys = 16;
const prefetch = 1_000;
const topic = "bench";
const queue = "bench.group";
const signal = new AbortController().signal;
const text = "x".repeat(100);

const messages: Message[] = Array.from({ length: count }, (_, n) => ({
  id: crypto.randomUUID(),
  name: "order.placed",
  topic,
  key: `key ${n % keys}`,
  timestamp: new Date(),
  headers: { "correlation-id": crypto.randomUUID() },
  payload: { n, text },
}));
const batches = Array.from({ length: count / batchSize }, (_, n) =>
  messages.slice(n * batchSize, (n + 1) * batchSize),
);

/** Publishing with confirms and consuming with acknowledgements, beside rabbitmq-client by itself. */
export async function* besideRabbitMQClient(rounds = 7): AsyncGenerator<Row> {
  const server = await rabbitmq.start();
  const bare = new Connection(server.url);
  const broker = new RabbitMQBroker({ connection: { url: server.url } });
  try {
    await (await broker.subscribe({ topics: [topic], group: "group", onMessage: () => {} })).close();
    const publisher = bare.createPublisher({ confirm: true });
    const publish = () => publishBare(publisher);
    const purge = { [Symbol.asyncDispose]: async () => void (await bare.queuePurge({ queue })) };
    const work = `RabbitMQ, ${count} messages, ${keys} keys`;
    const published = await inTurn(rounds, {
      ours: () => rateOf(() => publishOurs(broker).then(() => purge)),
      theirs: () => rateOf(() => publish().then(() => purge)),
    });
    yield row(`${work}, publish in batches of ${batchSize}`, published, 0.9);
    const consumed = await inTurn(rounds, {
      ours: () => publish().then(() => rateOf(() => consumeOurs(broker))),
      theirs: () => publish().then(() => rateOf(() => consumeBare(bare))),
    });
    yield row(`${work}, consume`, consumed, 0.85);
    await publisher.close();
  } finally {
    await broker.close();
    await bare.close();
    await server.stop();
  }
}

function row(work: string, { ours, theirs }: { ours: number[]; theirs: number[] }, goal: number): Row {
  const sides = { measured: "RabbitMQBroker", rates: ours, against: "rabbitmq-client", otherRates: theirs };
  return rateRow(work, sides, goal, "messages");
}

/** Of the work alone: what has to be closed, or emptied, afterwards does not count. */
async function rateOf(work: () => Promise<AsyncDisposable | undefined>): Promise<number> {
  const start = performance.now();
  await using _ = await work();
  return (1_000 * count) / (performance.now() - start);
}

async function publishOurs(broker: RabbitMQBroker): Promise<void> {
  for (const batch of batches) await broker.publish(batch, { signal });
}

async function publishBare(publisher: ReturnType<Connection["createPublisher"]>): Promise<void> {
  for (const batch of batches) {
    await Promise.all(
      batch.map(({ id, name, key, timestamp, headers, payload }) =>
        publisher.send(
          {
            exchange: topic,
            routingKey: name,
            mandatory: true,
            durable: true,
            messageId: id,
            headers: {
              ...headers,
              cloudEvents_specversion: "1.0",
              cloudEvents_id: id,
              cloudEvents_source: "/bench",
              cloudEvents_type: name,
              cloudEvents_time: timestamp.toISOString(),
              cloudEvents_partitionkey: key,
            },
          },
          payload,
        ),
      ),
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

async function consumeOurs(broker: RabbitMQBroker): Promise<AsyncDisposable> {
  const { see, all } = seeing();
  const subscription = await broker.subscribe({
    topics: [topic],
    group: "group",
    prefetch,
    onMessage: async ({ payload }) => see(payload),
  });
  await all;
  return subscription;
}

async function consumeBare(connection: Connection): Promise<AsyncDisposable> {
  const { see, all } = seeing();
  const options = { queue, queueOptions: { passive: true }, qos: { prefetchCount: prefetch } };
  const consumer = connection.createConsumer(options, async ({ body }) => see(body));
  await Promise.race([all, once(consumer, "error").then(([error]) => Promise.reject(error))]);
  return { [Symbol.asyncDispose]: () => consumer.close() };
}
