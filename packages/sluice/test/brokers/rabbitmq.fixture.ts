import type { RunningServer } from "@sluice-internal/services";
import { Connection, type Envelope } from "rabbitmq-client";
import type { Message, ReceivedMessage } from "sluice";
import { RabbitMQBroker, type RabbitMQBrokerOptions } from "sluice/brokers/rabbitmq";
import { RecordingLogger } from "sluice/testing";
import { vi } from "vitest";

/** A broker on the server, under a topic of its own. */
export class RabbitMQBed implements AsyncDisposable {
  readonly topic = `t-${crypto.randomUUID()}`;
  readonly logger = new RecordingLogger();
  readonly #server: RunningServer;
  readonly #opened: { close(): Promise<void> }[] = [];

  constructor(server: RunningServer) {
    this.#server = server;
  }

  broker(options: Partial<RabbitMQBrokerOptions> = {}): RabbitMQBroker {
    const broker = new RabbitMQBroker({
      connection: { url: this.#server.url },
      logger: this.logger,
      ...options,
    });
    this.#opened.push(broker);
    return broker;
  }

  /** The driver by itself, as somebody else has it. */
  connection(): Connection {
    const connection = new Connection({ url: this.#server.url, retryLow: 100, retryHigh: 500 });
    connection.on("error", () => {});
    this.#opened.unshift({ close: async () => connection.unsafeDestroy() });
    return connection;
  }

  /** Publishes as somebody does who knows nothing of Sluice. */
  async publishBare(envelope: Envelope, body: Buffer): Promise<void> {
    const publisher = this.connection().createPublisher({ confirm: true });
    await publisher.send({ exchange: this.topic, routingKey: "x", ...envelope }, body);
    await publisher.close();
  }

  message(id: string, more: Partial<Message> = {}): Message {
    return {
      id,
      name: "order.placed",
      topic: this.topic,
      timestamp: new Date(1_700_000_000_123),
      headers: {},
      payload: { id },
      ...more,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((each) => each.close()));
  }
}

export const signal = new AbortController().signal;

/** What a subscriber was given, and what it does with it. */
export class Inbox {
  readonly messages: ReceivedMessage[] = [];

  readonly take = (message: ReceivedMessage): void => {
    this.messages.push(message);
  };

  /** The ids in the order in which they came, each once. */
  get ids(): string[] {
    return [...new Set(this.messages.map(({ id }) => id))];
  }

  until(count: number, timeout = 10_000): Promise<string[]> {
    return vi.waitFor(
      () => {
        const { ids } = this;
        if (ids.length < count) throw new Error(`${ids.length} of ${count} messages came in time.`);
        return ids;
      },
      { timeout, interval: 5 },
    );
  }
}
