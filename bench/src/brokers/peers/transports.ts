import {
  kafka,
  nats,
  programs,
  rabbitmq,
  redis,
  type Service,
  type StartOptions,
} from "@sluice-internal/services";
import type { MessageBroker } from "sluice";
import { KafkaBroker } from "sluice/brokers/kafka";
import { NatsBroker } from "sluice/brokers/nats";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { RedisBroker } from "sluice/brokers/redis";
import type { Compared, Counts } from "./beside-peer.js";
import { moleculerOnKafka } from "./moleculer-kafka.js";
import { moleculerOnNats } from "./moleculer-nats.js";
import { moleculerOnRabbitMQ } from "./moleculer-rabbitmq.js";
import { moleculerOnRedis } from "./moleculer-redis.js";
import { nestjsOnKafka } from "./nestjs-kafka.js";
import { nestjsOnRabbitMQ } from "./nestjs-rabbitmq.js";
import { pythonCqrsOn } from "./python-cqrs.js";
import { ratesOf } from "./rates.js";
import { sluiceOn } from "./sluice.js";

/** A kind of broker, and who else speaks to it. */
export interface Transport {
  readonly name: string;
  readonly service: Service;
  readonly options: StartOptions;
  readonly counts: Counts;
  open(url: string): MessageBroker;
  compared(url: string, broker: MessageBroker): readonly Compared[];
}

const program = programs.pythonWithCqrs;
const partitions = 4;
const ahead = { publishGoal: 1, consumeGoal: 1 };
const counts = { publish: 10_000, consume: 20_000 };

export const transports: readonly Transport[] = [
  {
    name: "Kafka",
    service: kafka,
    options: { env: { JDK_JAVA_OPTIONS: "-Xmx512m" } },
    // More than what kafkajs fetches and decodes at a time.
    counts: { ...counts, consume: 50_000 },
    open: (url) => new KafkaBroker({ bootstrapBrokers: [url], createTopics: { partitions } }),
    compared(url, broker) {
      const { create } = sluiceOn(broker, "broker");
      return [
        { theirs: ratesOf(nestjsOnKafka(url, partitions, create)), inBatches: true, ...ahead },
        { theirs: ratesOf(moleculerOnKafka(url, partitions, create)), fewer: { consume: 2_000 }, ...ahead },
        {
          theirs: pythonCqrsOn("kafka", url, create),
          isProcess: true,
          fewer: { publish: 5_000, consume: 500 },
        },
      ];
    },
  },
  {
    name: "RabbitMQ",
    service: rabbitmq,
    options: {},
    counts,
    open: (url) => new RabbitMQBroker({ connection: { url } }),
    compared: (url) => [
      { theirs: ratesOf(nestjsOnRabbitMQ(url)), ...ahead },
      { theirs: ratesOf(moleculerOnRabbitMQ(url)), consumeGoal: ahead.consumeGoal },
      { theirs: pythonCqrsOn("amqp", url), program, fewer: { publish: 1_000, consume: 1_000 } },
    ],
  },
  {
    name: "NATS",
    service: nats,
    // As NATS comes: with a sync of the disk every two minutes, not for each message.
    options: { settings: { "jetstream.sync_interval": "2m" } },
    counts,
    open: (url) => new NatsBroker({ connection: { servers: url }, createStreams: {} }),
    compared: (url) => [{ theirs: ratesOf(moleculerOnNats(url)), ...ahead }],
  },
  {
    name: "Redis (appendfsync everysec)",
    service: redis,
    options: { settings: { appendfsync: "everysec" } },
    counts,
    open: (url) => new RedisBroker({ connection: url }),
    compared: (url) => [{ theirs: ratesOf(moleculerOnRedis(url)), ...ahead }],
  },
];
