import { kafka, nats, rabbitmq, redis } from "@sluice-internal/services";
import { KafkaBroker } from "sluice/brokers/kafka";
import { NatsBroker } from "sluice/brokers/nats";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { RedisBroker } from "sluice/brokers/redis";
import { quietLogger as logger } from "../quiet-logger.js";
import type { BrokerKind, BrokerName } from "./broker-kind.js";

// Takeovers are quicker than by default, as a fault run is short, and so is the time until a dead connection is found out.
const all = { idleTimeoutMs: 2_500, logger };

const kinds: Readonly<Record<BrokerName, BrokerKind>> = {
  kafka: {
    name: "kafka",
    service: kafka,
    keepsOrderInGroup: true,
    start({ seenAt, settings, ...options } = {}) {
      const seen = seenAt && { "advertised.listeners": `PLAINTEXT://127.0.0.1:${seenAt}` };
      return kafka.start({
        ...options,
        settings: { ...settings, ...seen, "group.min.session.timeout.ms": 2_000 },
      });
    },
    open: (url) =>
      new KafkaBroker({
        bootstrapBrokers: [url],
        createTopics: { partitions: 6 },
        sessionTimeoutMs: 6_000,
        ...all,
      }),
  },
  rabbitmq: {
    name: "rabbitmq",
    service: rabbitmq,
    keepsOrderInGroup: true,
    start: (options) => rabbitmq.start(options),
    open: (url) => new RabbitMQBroker({ connection: { url }, ...all }),
  },
  nats: {
    name: "nats",
    service: nats,
    keepsOrderInGroup: false,
    start: (options) => nats.start(options),
    open: (url) =>
      new NatsBroker({ connection: { servers: url }, createStreams: {}, ackWaitMs: 1_000, ...all }),
  },
  redis: {
    name: "redis",
    service: redis,
    keepsOrderInGroup: false,
    start: (options) =>
      redis.start({
        ...options,
        settings: { ...options?.settings, appendonly: "yes", appendfsync: "always" },
      }),
    open: (url) => new RedisBroker({ connection: url, claimIdleMs: 3_000, ...all }),
  },
};

export function brokerOf(name: string): BrokerKind {
  const kind = kinds[name as BrokerName];
  if (kind === undefined) throw new Error(`There is no broker ${name}.`);
  return kind;
}
