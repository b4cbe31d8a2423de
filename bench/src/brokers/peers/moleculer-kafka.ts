import { moleculerOn } from "./moleculer.js";
import type { Side } from "./side.js";

/**
 * Over kafkajs with acks of all replicas. Commits the offset of each message by itself and waits for that; reads as many
 * partitions at once as there are.
 */
export const moleculerOnKafka = (url: string, partitions: number, create: Side["create"]): Side =>
  moleculerOn({
    driver: "kafkajs",
    adapter: "Kafka",
    options: { kafka: { brokers: [url] } },
    channel: { kafka: { fromBeginning: true, partitionsConsumedConcurrently: partitions } },
    send: (broker, { topic, key, payload }) => broker.sendToChannel(topic, payload, { key, acks: -1 }),
    create,
  });
