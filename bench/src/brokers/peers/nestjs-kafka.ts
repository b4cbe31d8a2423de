import { type ClientKafka, ClientProxyFactory, type KafkaOptions, Transport } from "@nestjs/microservices";
import { Partitioners } from "kafkajs";
import { lastValueFrom } from "rxjs";
import type { Message } from "sluice";
import { group } from "../messages.js";
import { handleWithNestjs } from "./nestjs.js";
import type { Side } from "./side.js";

/**
 * Over kafkajs with acks of all replicas, without its idempotent producer, which is an experiment and takes one request at a
 * time: what is sent again may come twice. It commits after each batch that it fetched, and reads as many partitions at once as
 * there are. An event has no id.
 */
export const nestjsOnKafka = (url: string, partitions: number, create: Side["create"]): Side => ({
  name: "@nestjs/microservices, kafkajs",
  ...(create && { create }),

  async openPublisher(topic) {
    const client = ClientProxyFactory.create(optionsFor(url)) as ClientKafka;
    await client.connect();
    const valued = ({ key, payload: value }: Message) => ({ key, value });
    return {
      publish: (message) => lastValueFrom(client.emit(topic, valued(message))),
      publishBatch: (batch) => lastValueFrom(client.emitBatch(topic, { messages: batch.map(valued) })),
      [Symbol.asyncDispose]: () => client.close(),
    };
  },

  consume: (topic, seen) => handleWithNestjs(optionsFor(url, partitions), topic, seen),
});

const optionsFor = (url: string, partitionsConsumedConcurrently = 1): KafkaOptions => ({
  transport: Transport.KAFKA,
  options: {
    client: { brokers: [url] },
    consumer: { groupId: group },
    producer: { createPartitioner: Partitioners.DefaultPartitioner },
    producerOnlyMode: true,
    send: { acks: -1 },
    subscribe: { fromBeginning: true },
    run: { partitionsConsumedConcurrently },
  },
});
