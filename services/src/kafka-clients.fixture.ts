import {
  Admin,
  Consumer,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";

const clientOf = (url: string) => ({ clientId: "tests", bootstrapBrokers: url.split(",") });

export async function createTopic(url: string, replicas: number): Promise<void> {
  const admin = new Admin(clientOf(url));
  await admin.createTopics({ topics: ["kept"], partitions: 1, replicas });
  await admin.close();
}

/** The broker that serves the topic: the only one that takes and gives its messages. */
export async function leader(url: string): Promise<number | undefined> {
  const admin = new Admin(clientOf(url));
  const { topics } = await admin.metadata({ topics: ["kept"] });
  await admin.close();
  return topics.get("kept")?.partitions[0]?.leader;
}

/** Resolves when every replica has the message: what only the leader has goes with it. */
export async function send(url: string, value: string): Promise<void> {
  const options = { idempotent: true, acks: ProduceAcks.ALL, serializers: stringSerializers };
  const producer = new Producer({ ...clientOf(url), ...options });
  await producer.send({ messages: [{ topic: "kept", value }] });
  await producer.close();
}

export async function firstMessage(url: string): Promise<string | undefined> {
  const groupId = crypto.randomUUID();
  const consumer = new Consumer({ ...clientOf(url), groupId, deserializers: stringDeserializers });
  try {
    const stream = await consumer.consume({ topics: ["kept"], mode: "earliest" });
    for await (const { value } of stream) return value;
    return undefined;
  } finally {
    await consumer.close(true);
  }
}
