import { KafkaBroker, type KafkaBrokerOptions } from "sluice/brokers/kafka";
import { RecordingLogger } from "sluice/testing";
import { vi } from "vitest";

export const never = new AbortController().signal;

export function message(topic: string, n: number, more: { key?: string; payload?: unknown } = {}) {
  return {
    id: `m-${n}`,
    name: "test.told",
    topic,
    timestamp: new Date(),
    headers: {},
    payload: { n },
    ...more,
  };
}

export function messages(topic: string, count: number, keys: number, from = 0) {
  return Array.from({ length: count }, (_, index) =>
    message(topic, from + index, { key: `key ${(from + index) % keys}` }),
  );
}

/** Brokers of one server, closed together. */
export class Brokers implements AsyncDisposable {
  readonly #all: KafkaBroker[] = [];
  readonly logger = new RecordingLogger();

  make(url: string, options: Partial<KafkaBrokerOptions> = {}): KafkaBroker {
    const bootstrapBrokers = url.split(",");
    const broker = new KafkaBroker({
      bootstrapBrokers,
      createTopics: { partitions: 3 },
      logger: this.logger,
      ...options,
    });
    this.#all.push(broker);
    return broker;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((broker) => broker.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Polls often: what is waited for comes in milliseconds. */
export function eventually(condition: () => unknown, timeout = 10_000): Promise<unknown> {
  return vi.waitUntil(condition, { timeout, interval: 20 });
}
