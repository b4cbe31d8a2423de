import { Admin, Consumer, ProduceAcks, Producer } from "@platformatic/kafka";
import { kafka } from "@sluice-internal/services";
import { KafkaBroker } from "sluice/brokers/kafka";
import type { Row, Skipped } from "../work.js";
import { type BareClient, besideClient } from "./beside-client.js";
import { headersByHand } from "./messages.js";

const partitions = 4;

export async function* besideKafkaDriver(): AsyncGenerator<Row | Skipped> {
  if (!kafka.isInstalled()) return yield { skipped: "Kafka", reason: kafka.howToInstall };
  const server = await kafka.start({ env: { JDK_JAVA_OPTIONS: "-Xmx512m" } });
  const options = { clientId: "bench", bootstrapBrokers: [server.url] };
  const broker = new KafkaBroker(options);
  const producer = new Producer({ ...options, idempotent: true, acks: ProduceAcks.ALL });
  const admin = new Admin(options);
  try {
    yield* besideClient("Kafka", broker, bareKafka(options, producer, admin));
  } finally {
    await Promise.all([broker.close(), producer.close(), admin.close()]);
    await server.stop();
  }
}

type Options = ConstructorParameters<typeof Admin>[0];

const bareKafka = (options: Options, producer: Producer, admin: Admin): BareClient => ({
  name: "@platformatic/kafka",
  create: (topic) => admin.createTopics({ topics: [topic], partitions, replicas: 1 }),

  publish(batch) {
    const messages = batch.map((message) => {
      const named = { ...headersByHand(message, "ce_"), "content-type": "application/json" };
      const headers = new Map<Buffer, Buffer>();
      for (const [header, value] of Object.entries(named))
        headers.set(Buffer.from(header), Buffer.from(value));
      const { topic, key = "", payload } = message;
      return { topic, key: Buffer.from(key), value: Buffer.from(JSON.stringify(payload)), headers };
    });
    return producer.send({ messages });
  },

  /**
   * Commits as often as Sluice does, and fetches as much at once: with the driver's own 50 MB of each partition, it would have
   * decoded all messages before it shows the first one.
   */
  async consume(topic, seen) {
    const consumer = new Consumer({ ...options, groupId: crypto.randomUUID() });
    const sizes = { maxBytes: 4_194_304, maxBytesPerPartition: 1_048_576 };
    const how = { mode: "earliest", autocommit: false } as const;
    const stream = await consumer.consume({ topics: [topic], ...how, ...sizes });
    const offsets = new Map<
      number,
      { topic: string; partition: number; offset: bigint; leaderEpoch: number }
    >();
    const commit = () => consumer.commit({ offsets: [...offsets.values()] });
    const timer = setInterval(() => void commit(), 200);
    for await (const { headers, value, partition, offset, leaderEpoch } of stream) {
      const named = new Map<string, string>();
      for (const [name, given] of headers) named.set(String(name), String(given));
      seen.see(JSON.parse(String(value)));
      offsets.set(partition, { topic, partition, offset: offset + 1n, leaderEpoch });
      if (seen.isComplete) break;
    }
    clearInterval(timer);
    await commit();
    await consumer.close(true);
  },
});
