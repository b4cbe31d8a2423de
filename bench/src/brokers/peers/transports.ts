import { kafka, nats, rabbitmq, redis, type Service, type StartOptions } from "@sluice-internal/services";
import type { MessageBroker } from "sluice";
import { KafkaBroker } from "sluice/brokers/kafka";
import { NatsBroker } from "sluice/brokers/nats";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { RedisBroker } from "sluice/brokers/redis";
import type { Compared } from "./beside-side.js";
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
  open(url: string): MessageBroker;
  compared(url: string, broker: MessageBroker): readonly Compared[];
}

const partitions = 4;
const ahead = { publishGoal: 1, consumeGoal: 1 };

export const transports: readonly Transport[] = [
  {
    name: "Kafka",
    service: kafka,
    options: { env: { JDK_JAVA_OPTIONS: "-Xmx512m" } },
    open: (url) => new KafkaBroker({ bootstrapBrokers: [url], createTopics: { partitions } }),
    compared(url, broker) {
      const { create } = sluiceOn(broker);
      return [
        {
          ...{ theirs: ratesOf(nestjsOnKafka(url, partitions, create)), inBatches: true, ...ahead },
          messages: { publish: 10_000, consume: 20_000 },
        },
        {
          ...{ theirs: ratesOf(moleculerOnKafka(url, partitions, create)), ...ahead },
          messages: { publish: 10_000, consume: 2_000 },
        },
        { theirs: pythonCqrsOn("kafka", url, create), messages: { publish: 5_000, consume: 1_000 } },
      ];
    },
  },
  {
    name: "RabbitMQ",
    service: rabbitmq,
    options: {},
    open: (url) => new RabbitMQBroker({ connection: { url } }),
    compared: (url) => [
      { theirs: ratesOf(nestjsOnRabbitMQ(url)), ...ahead, messages: { publish: 20_000, consume: 20_000 } },
      {
        ...{ theirs: ratesOf(moleculerOnRabbitMQ(url)), consumeGoal: 1 },
        messages: { publish: 20_000, consume: 20_000 },
      },
      { theirs: pythonCqrsOn("amqp", url), messages: { publish: 1_000, consume: 1_000 } },
    ],
  },
  {
    name: "NATS",
    service: nats,
    // As NATS comes: with a sync of the disk every two minutes, not for each message.
    options: { settings: { "jetstream.sync_interval": "2m" } },
    open: (url) => new NatsBroker({ connection: { servers: url }, createStreams: {} }),
    compared: (url) => [
      { theirs: ratesOf(moleculerOnNats(url)), ...ahead, messages: { publish: 20_000, consume: 20_000 } },
    ],
  },
  {
    name: "Redis (appendfsync everysec)",
    service: redis,
    options: { settings: { appendfsync: "everysec" } },
    open: (url) => new RedisBroker({ connection: url }),
    compared: (url) => [
      { theirs: ratesOf(moleculerOnRedis(url)), ...ahead, messages: { publish: 20_000, consume: 20_000 } },
    ],
  },
];
