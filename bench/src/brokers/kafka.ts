import { Admin, Consumer, ProduceAcks, Producer } from "@platformatic/kafka";
import { kafka } from "@sluice-internal/services";
import { KafkaBroker } from "sluice/brokers/kafka";
import { median, quartiles, ratiosOf } from "../median.js";
import { inTurn } from "../turns.js";
import type { Row, Skipped } from "../work.js";

const count = 10_000;
const batchSize = 500;
const keys = 16;
const partitions = 4;
const rounds = 7;
const never = new AbortController().signal;

/** Sluice against the driver alone, which does the same acknowledged work with the same bytes. */
export async function* besideKafkaDriver(): AsyncGenerator<Row | Skipped> {
  if (!kafka.isInstalled()) return yield { skipped: "Kafka", reason: kafka.howToInstall };
  const server = await kafka.start({ env: { JDK_JAVA_OPTIONS: "-Xmx512m" } });
  try {
    const sides = new Sides(server.url);
    const published = await inTurn(rounds, {
      sluice: () => sides.publishBySluice(),
      driver: () => sides.publishByDriver(),
    });
    yield rowOf(`publish ${count} in batches of ${batchSize}`, published, 0.9);
    const topic = await sides.filled();
    const consumed = await inTurn(rounds, {
      sluice: () => sides.consumeBySluice(topic),
      driver: () => sides.consumeByDriver(topic),
    });
    yield rowOf(`consume ${count}, ${keys} keys in order`, consumed, 0.85);
    await sides.close();
  } finally {
    await server.stop();
  }
}

function rowOf(work: string, rates: Record<"sluice" | "driver", number[]>, goal: number): Row {
  const ratios = ratiosOf(rates.sluice, rates.driver);
  const show = (values: number[]) => `${Math.round(median(values))} /s`;
  return {
    work: `Kafka: ${work}`,
    measured: "sluice",
    took: show(rates.sluice),
    against: "@platformatic/kafka",
    otherTook: show(rates.driver),
    value: median(ratios),
    spread: quartiles(ratios),
    unit: "×",
    goal: { bound: "at least", value: goal },
  };
}

/** What both sides do. Each gives its rate, in messages a second. */
class Sides {
  readonly #options;
  readonly #broker: KafkaBroker;
  readonly #producer: Producer;
  readonly #admin: Admin;

  constructor(url: string) {
    const bootstrapBrokers = [url];
    this.#options = { clientId: "bench", bootstrapBrokers };
    this.#broker = new KafkaBroker({ bootstrapBrokers });
    this.#producer = new Producer({ ...this.#options, idempotent: true, acks: ProduceAcks.ALL });
    this.#admin = new Admin(this.#options);
  }

  async #newTopic(): Promise<string> {
    const topic = crypto.randomUUID();
    await this.#admin.createTopics({ topics: [topic], partitions, replicas: 1 });
    return topic;
  }

  async publishBySluice(topicOf: Promise<string> = this.#newTopic()): Promise<number> {
    const topic = await topicOf;
    return rate(async () => {
      for (let from = 0; from < count; from += batchSize) {
        const batch = Array.from({ length: batchSize }, (_, n) => messageOf(topic, from + n));
        await this.#broker.publish(batch, { signal: never });
      }
    });
  }

  async publishByDriver(): Promise<number> {
    const topic = await this.#newTopic();
    return rate(async () => {
      for (let from = 0; from < count; from += batchSize) {
        const messages = Array.from({ length: batchSize }, (_, n) => recordOf(messageOf(topic, from + n)));
        await this.#producer.send({ messages });
      }
    });
  }

  async filled(): Promise<string> {
    const topic = this.#newTopic();
    await this.publishBySluice(topic);
    return topic;
  }

  async consumeBySluice(topic: string): Promise<number> {
    let received = 0;
    let began = 0;
    const all = Promise.withResolvers<void>();
    const subscription = await this.#broker.subscribe({
      topics: [topic],
      group: crypto.randomUUID(),
      onMessage: ({ id, payload }) => {
        began ||= performance.now();
        if (id !== "" && payload !== undefined && ++received === count) all.resolve();
      },
    });
    await all.promise;
    const took = performance.now() - began;
    await subscription.close();
    return (count / took) * 1_000;
  }

  /** Commits as often as Sluice does, and reads what a handler reads: the id and the payload. */
  async consumeByDriver(topic: string): Promise<number> {
    const consumer = new Consumer({ ...this.#options, groupId: crypto.randomUUID() });
    const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: false });
    let received = 0;
    let began = 0;
    const offsets = new Map<
      number,
      { topic: string; partition: number; offset: bigint; leaderEpoch: number }
    >();
    const commit = () => consumer.commit({ offsets: [...offsets.values()] });
    const timer = setInterval(() => void commit(), 200);
    for await (const { headers, value, partition, offset, leaderEpoch } of stream) {
      began ||= performance.now();
      const named = new Map<string, string>();
      for (const [name, text] of headers) named.set(String(name), String(text));
      if (named.get("ce_id") === "" || JSON.parse(String(value)) === undefined) break;
      offsets.set(partition, { topic, partition, offset: offset + 1n, leaderEpoch });
      if (++received === count) break;
    }
    const took = performance.now() - began;
    clearInterval(timer);
    await commit();
    await consumer.close(true);
    return (count / took) * 1_000;
  }

  async close(): Promise<void> {
    await Promise.all([this.#broker.close(), this.#producer.close(), this.#admin.close()]);
  }
}

async function rate(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (count / (performance.now() - began)) * 1_000;
}

function messageOf(topic: string, n: number) {
  return {
    id: `e-${n}`,
    name: "order.placed",
    topic,
    key: `customer ${n % keys}`,
    timestamp: new Date(),
    headers: { "correlation-id": `c-${n}` },
    payload: { orderId: `o-${n}`, amount: n, text: "x".repeat(200) },
  };
}

/** What Sluice writes, by hand. */
function recordOf({ id, name, topic, key, timestamp, headers, payload }: ReturnType<typeof messageOf>) {
  const named = {
    "correlation-id": headers["correlation-id"],
    ce_specversion: "1.0",
    ce_id: id,
    ce_source: "/sluice",
    ce_type: name,
    ce_time: timestamp.toISOString(),
    ce_partitionkey: key,
    "content-type": "application/json",
  };
  const bytes = new Map<Buffer, Buffer>();
  for (const [header, value] of Object.entries(named)) bytes.set(Buffer.from(header), Buffer.from(value));
  return { topic, key: Buffer.from(key), value: Buffer.from(JSON.stringify(payload)), headers: bytes };
}
