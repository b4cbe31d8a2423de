import { once } from "node:events";
import { rabbitmq } from "@sluice-internal/services";
import { Connection, type Publisher } from "rabbitmq-client";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import type { Row } from "../work.js";
import { type BareClient, besideClient } from "./beside-client.js";
import { group, headersByHand, prefetch } from "./messages.js";

export async function* besideRabbitMQClient(): AsyncGenerator<Row> {
  const server = await rabbitmq.start();
  const connection = new Connection(server.url);
  const publisher = connection.createPublisher({ confirm: true });
  const broker = new RabbitMQBroker({ connection: { url: server.url } });
  try {
    yield* besideClient("RabbitMQ", broker, bareRabbitMQ(connection, publisher, broker));
  } finally {
    await broker.close();
    await publisher.close();
    await connection.close();
    await server.stop();
  }
}

/** On the exchange and the queue that the broker makes. */
function bareRabbitMQ(connection: Connection, publisher: Publisher, broker: RabbitMQBroker): BareClient {
  return {
    name: "rabbitmq-client",
    create: async (topic) =>
      (await broker.subscribe({ topics: [topic], group, onMessage: () => {} })).close(),

    publish: (batch) =>
      Promise.all(
        batch.map((message) => {
          const { id, name, topic, payload } = message;
          const headers = headersByHand(message, "cloudEvents_");
          const envelope = { exchange: topic, routingKey: name, mandatory: true, durable: true };
          return publisher.send({ ...envelope, messageId: id, headers }, payload);
        }),
      ),

    async consume(topic, seen) {
      const queue = { queue: `${topic}.${group}`, queueOptions: { passive: true } };
      const options = { ...queue, qos: { prefetchCount: prefetch } };
      const consumer = connection.createConsumer(options, async ({ body }) => seen.see(body));
      await Promise.race([seen.all, once(consumer, "error").then(([error]) => Promise.reject(error))]);
      await consumer.close();
    },
  };
}
