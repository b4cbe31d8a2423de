import type { BrokerFeatures } from "../brokers/broker-features.js";
import type { Message } from "../brokers/message.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import type { SubscribeOptions, Subscription } from "../brokers/subscribe-options.js";
import type { BrokerCase } from "./broker-case.js";
import type { BrokerConformanceOptions } from "./broker-conformance-options.js";
import type { SkippableTest } from "./conformance-case.js";
import { expect, within } from "./expect.js";
import { type Handle, ReceivedMessages } from "./received-messages.js";

interface SubscriberOptions extends Omit<SubscribeOptions, "topics" | "onMessage"> {
  /** @default that of the case */
  readonly broker?: MessageBroker | undefined;
  /** @default the topic of the case */
  readonly topics?: readonly string[] | undefined;
  /** Keeps what is received; several subscribers may share one. @default one of its own */
  readonly into?: ReceivedMessages | undefined;
  /** What is done with a message before it counts as handled. @default nothing */
  readonly handle?: Handle | undefined;
}

/** What a case of the broker suite works with: brokers, topics and groups that nobody else uses, messages. */
export class BrokerTestBed {
  readonly features: BrokerFeatures;
  readonly timeoutMs: number;
  readonly largestPayload: number;
  /** Long for what happens at once, short for a case. */
  readonly pauseMs: number;
  readonly restart: (() => Promise<void>) | undefined;
  readonly #options: BrokerConformanceOptions;
  readonly #others: MessageBroker[] = [];
  readonly #gates: PromiseWithResolvers<void>[] = [];
  #topic = "";

  constructor(
    readonly broker: MessageBroker,
    options: BrokerConformanceOptions,
  ) {
    const { features, timeoutMs = 10_000, largestPayload = 500_000, restart } = options;
    if (broker.features === undefined && features === undefined)
      throw new Error(
        "The broker has no features, and brokerConformance was given none; state them in one of both.",
      );
    this.#options = options;
    this.features = { ...(broker.features as BrokerFeatures), ...features };
    this.timeoutMs = timeoutMs;
    this.largestPayload = largestPayload;
    this.pauseMs = Math.min(200, timeoutMs / 4);
    this.restart = restart;
  }

  /** Runs a case, and closes its brokers. */
  static async run(
    options: BrokerConformanceOptions,
    { needs = [], body }: BrokerCase,
    test?: SkippableTest,
  ): Promise<void> {
    const bed = new BrokerTestBed(await options.create(), options);
    try {
      const missing = needs.filter(({ has }) => !has(bed.features, bed));
      if (missing.length > 0)
        test?.skip(`Left out without ${missing.map(({ what }) => what).join(" and ")}.`);
      else {
        bed.#topic = await bed.newTopic();
        await body(bed);
      }
    } catch (error) {
      await bed.#close().catch(() => {});
      throw error;
    }
    await bed.#close();
  }

  /** The topic of this case. */
  get topic(): string {
    return this.#topic;
  }

  /** A broker as another process has it, which outlives this one's closing where that is possible. */
  async another(): Promise<MessageBroker> {
    if (this.features.singleInstance) return this.broker;
    const other = await this.#options.create();
    this.#others.push(other);
    return other;
  }

  async #close(): Promise<void> {
    for (const gate of this.#gates) gate.resolve();
    const closes = [this.broker, ...this.#others].map((broker) => broker.close());
    await this.within(Promise.all(closes), "close() did not settle in time.");
  }

  async newTopic(): Promise<string> {
    const name = `conformance-${crypto.randomUUID()}`;
    await this.#options.createTopic?.(name);
    return name;
  }

  newGroup(): string {
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

  /** Messages whose keys take turns: `key 0`, `key 1` and so on. */
  keyed(count: number, keys: number): Message[] {
    return this.messages(count, (n) => ({ key: `key ${n % keys}` }));
  }

  publish(...messages: readonly Message[]): Promise<void> {
    return this.broker.publish(messages, { signal: new AbortController().signal });
  }

  received(): ReceivedMessages {
    return new ReceivedMessages(this.timeoutMs);
  }

  /** Subscribes to the topic of the case, when not told otherwise. */
  async subscribe(
    options: SubscriberOptions = {},
  ): Promise<{ readonly received: ReceivedMessages; readonly subscription: Subscription }> {
    const { broker = this.broker, topics = [this.topic], into: received = this.received(), handle } = options;
    expect(broker.subscribe !== undefined, "The broker has no subscribe().");
    const { group = this.features.fanOut ? undefined : this.newGroup(), ...rest } = options;
    const onMessage = received.handling(handle);
    const subscription = await broker.subscribe({ ...rest, topics, group, onMessage });
    return { received, subscription };
  }

  /** Closes a subscription, in time. */
  end(subscription: Subscription): Promise<void> {
    return this.within(subscription.close(), "The subscription did not close in time.");
  }

  /** Where handlers wait; it opens at the latest when the case ends. */
  gate(): PromiseWithResolvers<void> {
    const gate = Promise.withResolvers<void>();
    this.#gates.push(gate);
    return gate;
  }

  pause(ms = this.pauseMs): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
    return within(this.timeoutMs, promise, () => otherwise);
  }
}
