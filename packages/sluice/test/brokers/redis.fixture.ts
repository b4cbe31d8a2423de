import type { RunningServer } from "@sluice-internal/services";
import { Redis } from "ioredis";
import type { Message } from "sluice";
import { RedisBroker, type RedisBrokerOptions } from "sluice/brokers/redis";
import { RecordingLogger } from "sluice/testing";

export const never = new AbortController().signal;

/** What a test works with: brokers that are closed at its end, a plain client beside them, and a topic of its own. */
export class RedisBed implements AsyncDisposable {
  readonly topic = `test-${crypto.randomUUID()}`;
  readonly logger = new RecordingLogger();
  readonly client: Redis;
  readonly #url: string;
  readonly #brokers: RedisBroker[] = [];

  constructor({ url }: Pick<RunningServer, "url">) {
    this.#url = url;
    this.client = new Redis(url, { maxRetriesPerRequest: null });
    this.client.on("error", () => {});
  }

  broker(options: RedisBrokerOptions = {}): RedisBroker {
    const where = options.client === undefined ? { connection: this.#url } : {};
    const broker = new RedisBroker({ ...where, logger: this.logger, ...options });
    this.#brokers.push(broker);
    return broker;
  }

  message(more: Partial<Message> = {}): Message {
    return {
      id: crypto.randomUUID(),
      name: "tested",
      topic: this.topic,
      timestamp: new Date(),
      headers: {},
      payload: {},
      ...more,
    };
  }

  messages(count: number, more: (n: number) => Partial<Message> = () => ({})): Message[] {
    return Array.from({ length: count }, (_, n) => this.message({ payload: { n }, ...more(n) }));
  }

  /** What Redis has as not acknowledged, with how often it was given. */
  async pending(group: string, topic = this.topic): Promise<{ consumer: string; count: number }[]> {
    const rows = (await this.client.xpending(topic, group, "-", "+", 1_000)) as [
      string,
      string,
      number,
      number,
    ][];
    return rows.map(([, consumer, , count]) => ({ consumer, count }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#brokers.map((broker) => broker.close()));
    this.client.disconnect();
  }
}
