import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection, headers as newHeaders } from "@nats-io/transport-node";
import { nats } from "@sluice-internal/services";
import { NatsBroker } from "sluice/brokers/nats";
import type { Row } from "../work.js";
import { type BareClient, besideClient } from "./beside-client.js";
import { headersByHand, prefetch } from "./messages.js";

/** As NATS comes: with a sync of the disk every two minutes, not for each message. */
const settings = { "jetstream.sync_interval": "2m" };

export async function* besideNatsClient(): AsyncGenerator<Row> {
  const server = await nats.start({ settings });
  const connection = await connect({ servers: server.url, noAsyncTraces: true });
  const broker = new NatsBroker({ connection: { servers: server.url } });
  try {
    yield* besideClient("NATS", broker, await bareNats(connection));
  } finally {
    await broker.close();
    await connection.close();
    await server.stop();
  }
}

async function bareNats(connection: NatsConnection): Promise<BareClient> {
  const manager = await jetstreamManager(connection);
  const client = jetstream(connection);
  const consumer = { durable_name: "bare", ack_policy: "explicit", max_ack_pending: -1 } as const;
  return {
    name: "@nats-io/jetstream",

    async create(topic) {
      await manager.streams.add({ name: topic, subjects: [topic] });
      await manager.consumers.add(topic, consumer);
    },

    publish: (batch) =>
      Promise.all(
        batch.map((message) => {
          const sent = newHeaders();
          for (const [header, value] of Object.entries(headersByHand(message, "ce-")))
            sent.set(header, header === "ce-partitionkey" ? encodeURIComponent(value) : value);
          sent.set("ce-datacontenttype", "application/json");
          const options = { headers: sent, msgID: message.id };
          return client.publish(message.topic, JSON.stringify(message.payload), options);
        }),
      ),

    async consume(topic, seen) {
      const bare = await client.consumers.get(topic, consumer.durable_name);
      const messages = await bare.consume({ max_messages: prefetch });
      const reading = (async () => {
        for await (const message of messages) {
          seen.see(message.json());
          message.ack();
        }
      })();
      await seen.all;
      await messages.close();
      await reading;
      await connection.flush();
    },
  };
}
