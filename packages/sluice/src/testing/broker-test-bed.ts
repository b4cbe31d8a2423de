import type { Message, MessageBroker } from "../brokers/message-broker.js";
import type { BrokerConformanceOptions, BrokerFeatures } from "./broker-features.js";
import { within } from "./expect.js";
import { ReceivedMessages } from "./received-messages.js";

/** What a case of the broker suite works with: a broker, topics that nobody else uses, messages. */
export class BrokerTestBed {
  readonly features: BrokerFeatures;
  readonly timeoutMs: number;
  readonly #options: BrokerConformanceOptions;
  readonly #others: MessageBroker[] = [];
  readonly topic = this.newTopic();

  constructor(
    readonly broker: MessageBroker,
    options: BrokerConformanceOptions,
  ) {
    this.#options = options;
    this.features = options.features;
    this.timeoutMs = options.timeoutMs ?? 10_000;
  }

  /** Runs a case, and closes its broker. */
  static async run(
    options: BrokerConformanceOptions,
    body: (bed: BrokerTestBed) => Promise<void>,
  ): Promise<void> {
    const bed = new BrokerTestBed(await options.create(), options);
    try {
      await body(bed);
    } finally {
      await bed.close();
    }
  }

  /** A broker that sees what this one publishes, and outlives its closing where that is possible. */
  async observer(): Promise<MessageBroker> {
    if (this.features.singleInstance) return this.broker;
    const other = await this.#options.create();
    this.#others.push(other);
    return other;
  }

  async close(): Promise<void> {
    const closes = [this.broker, ...this.#others].map((broker) => broker.close());
    await this.within(Promise.all(closes), "close() did not settle in time.");
  }

  newTopic(): string {
    return `conformance-${crypto.randomUUID()}`;
  }

  message(message: Partial<Message> = {}): Message {
    return {
      id: crypto.randomUUID(),
      name: "conformance.tested",
      topic: this.topic,
      timestamp: new Date(),
      headers: {},
      payload: {},
      ...message,
    };
  }

  /** Messages with the numbers from 0 up for their payload. */
  messages(count: number, more?: (n: number) => Partial<Message>): Message[] {
    return Array.from({ length: count }, (_, n) => this.message({ payload: { n }, ...more?.(n) }));
  }

  publish(...messages: readonly Message[]): Promise<void> {
    return this.broker.publish(messages, { signal: new AbortController().signal });
  }

  received(): ReceivedMessages {
    return new ReceivedMessages(this.timeoutMs);
  }

  within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
    return within(this.timeoutMs, promise, () => otherwise);
  }
}
