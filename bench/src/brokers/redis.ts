import { redis } from "@sluice-internal/services";
import { Redis } from "ioredis";
import type { Message } from "sluice";
import { RedisBroker } from "sluice/brokers/redis";
import { rateRow } from "../outbox/rate-row.js";
import { inTurn } from "../turns.js";
import type { Row } from "../work.js";

const count = 10_000;
const batchSize = 500;
const keys = 16;
const prefetch = 1_000;
const topic = "bench";
const group = "bench";
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

/** Publishing and consuming with acknowledgements, beside ioredis by itself; the disk synced each time, and each second. */
export async function* besideIoredis(rounds = 9): AsyncGenerator<Row> {
  for (const appendfsync of ["always", "everysec"]) {
    const server = await redis.start({ settings: { appendfsync } });
    const bare = new Redis(server.url);
    const broker = new RedisBroker({ connection: server.url });
    try {
      const work = `Redis (appendfsync ${appendfsync}), ${count} messages, ${keys} keys`;
      const empty = () => bare.del(topic);
      const published = await inTurn(rounds, {
        ours: () => rateOf(() => publishOurs(broker)).finally(empty),
        theirs: () => rateOf(() => publishBare(bare)).finally(empty),
      });
      yield row(`${work}, publish in batches of ${batchSize}`, published, 0.9);
      await publishBare(bare);
      const again = async () => {
        await bare.call("XGROUP", "DESTROY", topic, group);
        await bare.xgroup("CREATE", topic, group, "0");
      };
      const consumed = await inTurn(rounds, {
        ours: () => again().then(() => consumeOurs(broker)),
        theirs: () => again().then(() => consumeBare(bare)),
      });
      yield row(`${work}, consume`, consumed, 0.85);
    } finally {
      await broker.close();
      bare.disconnect();
      await server.stop();
    }
  }
}

function row(work: string, { ours, theirs }: { ours: number[]; theirs: number[] }, goal: number): Row {
  const sides = { measured: "RedisBroker", rates: ours, against: "ioredis", otherRates: theirs };
  return rateRow(work, sides, goal, "messages");
}

function rateSince(start: number): number {
  return (1_000 * count) / (performance.now() - start);
}

async function rateOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return rateSince(start);
}

async function publishOurs(broker: RedisBroker): Promise<void> {
  for (const batch of batches) await broker.publish(batch, { signal });
}

async function publishBare(client: Redis): Promise<void> {
  for (const batch of batches) {
    const pipeline = client.pipeline();
    for (const { id, name, key = "", timestamp, headers, payload } of batch) {
      const fields = {
        ...headers,
        "ce-specversion": "1.0",
        "ce-id": id,
        "ce-source": "/bench",
        "ce-type": name,
        "ce-time": timestamp.toISOString(),
        "ce-partitionkey": key,
        "content-type": "application/json",
        data: JSON.stringify(payload),
      };
      pipeline.xadd(topic, "*", ...Object.entries(fields).flat());
    }
    for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
  }
}

/** From the first message on, until each has come once, with its payload read. */
async function consumeOurs(broker: RedisBroker): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  let start = 0;
  const onMessage = async ({ payload }: Message) => {
    start ||= performance.now();
    if ((payload as { text?: unknown }).text === text && --left === 0) resolve();
  };
  const subscription = await broker.subscribe({ topics: [topic], group, prefetch, onMessage });
  await promise;
  const rate = rateSince(start);
  await subscription.close();
  return rate;
}

async function consumeBare(client: Redis): Promise<number> {
  const reader = client.duplicate();
  let start = 0;
  const acknowledged: Promise<unknown>[] = [];
  for (let left = count; left > 0; ) {
    const from = ["GROUP", group, "bare", "COUNT", prefetch, "BLOCK", 1_000, "STREAMS", topic, ">"] as const;
    const [[, entries] = ["", []]] = ((await reader.xreadgroup(...from)) ?? []) as [
      string,
      [string, string[]][],
    ][];
    start ||= performance.now();
    for (const [, fields] of entries) {
      const named = new Map<string, string>();
      for (let at = 0; at < fields.length; at += 2) named.set(fields[at] ?? "", fields[at + 1] ?? "");
      if (JSON.parse(named.get("data") ?? "{}").text === text) left--;
    }
    acknowledged.push(client.xack(topic, group, ...entries.map(([id]) => id)));
  }
  const rate = rateSince(start);
  await Promise.all(acknowledged);
  reader.disconnect();
  return rate;
}
