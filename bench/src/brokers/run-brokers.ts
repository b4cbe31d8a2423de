import type { Row, Skipped } from "../work.js";
import { delays } from "./delay.js";
import { besideKafkaDriver } from "./kafka.js";
import { memories } from "./memory.js";
import { besideNatsClient } from "./nats.js";
import { runPeers } from "./peers/run-peers.js";
import { besideRabbitMQClient } from "./rabbitmq.js";
import { besideIoredis } from "./redis.js";

/** By the name that `--only` takes. */
export const brokerWorks: Readonly<Record<string, () => AsyncGenerator<Row | Skipped>>> = {
  kafka: besideKafkaDriver,
  nats: besideNatsClient,
  rabbitmq: besideRabbitMQClient,
  redis: besideIoredis,
  delay: delays,
  memory: memories,
  peers: runPeers,
};

/** One that fails does not keep the others from being measured. */
export async function* runBrokers(works: readonly string[]): AsyncGenerator<Row | Skipped> {
  for (const name of works) {
    try {
      yield* brokerWorks[name]?.() ?? [];
    } catch (error) {
      yield { skipped: `brokers, the rest of ${name}`, reason: String(error), error };
    }
  }
}
