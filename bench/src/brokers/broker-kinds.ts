import { kafka, nats, type RunningServer, rabbitmq, redis, type Service } from "@sluice-internal/services";
import type { MessageBroker } from "sluice";
import { KafkaBroker } from "sluice/brokers/kafka";
import { NatsBroker } from "sluice/brokers/nats";
import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
import { RedisBroker } from "sluice/brokers/redis";
import type { Row, Skipped } from "../work.js";

interface BrokerKind {
  readonly name: string;
  readonly service: Service;
  readonly open: (url: string) => MessageBroker;
}

const kinds: readonly BrokerKind[] = [
  {
    name: "Kafka",
    service: kafka,
    open: (url) => new KafkaBroker({ bootstrapBrokers: [url], createTopics: { partitions: 4 } }),
  },
  {
    name: "RabbitMQ",
    service: rabbitmq,
    open: (url) => new RabbitMQBroker({ connection: { url }, unroutable: "drop" }),
  },
  {
    name: "NATS",
    service: nats,
    open: (url) => new NatsBroker({ connection: { servers: url }, createStreams: {} }),
  },
  { name: "Redis", service: redis, open: (url) => new RedisBroker({ connection: url }) },
];

/** Measures something with each broker, on a server of its own. */
export async function* onEachBroker(
  measure: (name: string, broker: MessageBroker, server: RunningServer) => Promise<Row>,
): AsyncGenerator<Row | Skipped> {
  for (const { name, service, open } of kinds) {
    if (!service.isInstalled()) {
      yield { skipped: name, reason: service.howToInstall };
      continue;
    }
    const server = await service.start();
    const broker = open(server.url);
    try {
      yield await measure(name, broker, server);
    } finally {
      await broker.close();
      await server.stop();
    }
  }
}
