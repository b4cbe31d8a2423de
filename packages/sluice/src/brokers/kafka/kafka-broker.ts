import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { pause } from "../../middleware/pause.js";
import { backoff } from "../../resilience/backoff.js";
import { BrokerClosedError } from "../broker-closed-error.js";
import type { BrokerFeatures } from "../broker-features.js";
import { checkMessage } from "../check-message.js";
import type { DeadLetterQueue } from "../dead-letter-queue.js";
import type { Message } from "../message.js";
import type { ForwardOptions, MessageBroker, PublishOptions } from "../message-broker.js";
import type { ReceivedMessage } from "../received-message.js";
import { type SubscribeOptions, type Subscription, subscribeSettings } from "../subscribe-options.js";
import { type KafkaBrokerOptions, type KafkaSettings, kafkaSettings } from "./kafka-broker-options.js";
import { KafkaConnection } from "./kafka-connection.js";
import { KafkaDeadLetters } from "./kafka-dead-letters.js";
import { kafkaError, refusalOf } from "./kafka-errors.js";
import { KafkaPublisher, type WrittenMessage } from "./kafka-publisher.js";
import { KafkaSubscription } from "./kafka-subscription.js";
import { isTopicName, KafkaTopics } from "./kafka-topics.js";
import { kafkaBinding } from "./kafka-wire.js";

const kafkaFeatures: BrokerFeatures = {
  fanOut: true,
  consumerGroups: true,
  orderPerKey: "group",
  delay: false,
  countsAttempts: true,
  replay: true,
  deduplication: false,
  singleInstance: false,
};

const topicNames = "letters, digits, dots, dashes and underscores, 249 at most";
const wait = { baseMs: 200, maxMs: 2_000 };

/**
 * Messages over Apache Kafka, by @platformatic/kafka.
 *
 * - A message's topic is the topic, its key the record's key: it decides on the partition as with the clients of other
 *   languages (murmur2). It is written as a CloudEvent in binary mode unless `wire` says otherwise.
 * - `publish` resolves when all in-sync replicas have the messages (`acks=all`). Sequence numbers keep a message from
 *   being there twice when an answer is lost. While the cluster is away it waits, up to `publishTimeoutMs`.
 * - A group is a consumer group. Within a partition, messages of different keys are handled at the same time; the offset is
 *   committed up to the oldest that is not done, and with it which of those behind it are done, and how often the others
 *   were tried: after a crash or a rebalance these are not repeated, and `attempt` goes on.
 * - A subscriber without a group reads all partitions and leaves nothing behind at the cluster.
 *
 * `close()` sends what was accepted, closes the subscriptions, and then the clients that were made here.
 *
 * @throws {InvalidOptionError} an option is out of range, or there is nothing to connect to.
 * @throws {BrokerUnavailableError} from `publish` and `subscribe`: the cluster is away, refuses the login or a permission,
 * or has no such topic.
 * @throws {MessageRefusedError} from `publish`: a message is too large, or its topic is no valid name.
 * @throws {PublishFailedError} from `publish`: some of the messages did not arrive.
 * @throws {BrokerClosedError} from `publish` and `subscribe`: `close()` was called before.
 *
 * @example
 * ```ts no-run
 * import { bootstrap, NotificationEvent } from "sluice";
 * import { KafkaBroker } from "sluice/brokers/kafka";
 *
 * const broker = new KafkaBroker({ bootstrapBrokers: ["127.0.0.1:9092"] });
 * await broker.subscribe({
 *   topics: ["orders"],
 *   group: "billing",
 *   onMessage: ({ payload }) => console.log(payload),
 * });
 *
 * const mediator = bootstrap({ messageBroker: broker });
 * await mediator.publish(
 *   new NotificationEvent({ eventName: "order.placed", topic: "orders", payload: { orderId: "o-1" } }),
 * );
 * await mediator.close();
 * await broker.close();
 * ```
 */
export class KafkaBroker implements MessageBroker {
  readonly features = kafkaFeatures;
  readonly #settings: KafkaSettings;
  readonly #connection: KafkaConnection;
  readonly #topics: KafkaTopics;
  readonly #publisher: KafkaPublisher;
  readonly #subscriptions = new Set<KafkaSubscription>();
  readonly #stop = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(options: KafkaBrokerOptions) {
    this.#settings = kafkaSettings(options);
    this.#connection = new KafkaConnection(this.#settings);
    this.#topics = new KafkaTopics(this.#connection, this.#settings);
    this.#publisher = new KafkaPublisher(this.#connection, this.#topics, this.#settings);
  }

  async publish(messages: readonly Message[], { signal }: Pick<PublishOptions, "signal">): Promise<void> {
    if (this.#closing !== undefined) throw new BrokerClosedError("KafkaBroker", "publish");
    if (!Array.isArray(messages))
      throw new InvalidOptionError("publish messages", messages, "a list of messages");
    for (const message of messages) checkMessage(message);
    const { wire } = this.#settings;
    const written = messages.map(
      (message): WrittenMessage => ({
        id: message.id,
        topic: message.topic,
        wire: wire.write(message, kafkaBinding),
      }),
    );
    await this.#publisher.publish(written, signal);
  }

  async forward(
    { raw }: Pick<ReceivedMessage, "raw">,
    { topic, headers, signal }: ForwardOptions,
  ): Promise<void> {
    if (this.#closing !== undefined) throw new BrokerClosedError("KafkaBroker", "publish");
    const { key, body } = raw;
    const wire = { key, body, headers: { ...raw.headers, ...headers } };
    await this.#publisher.publish([{ id: raw.headers.ce_id ?? crypto.randomUUID(), topic, wire }], signal);
  }

  async deadLetterQueue(name: string): Promise<DeadLetterQueue> {
    if (this.#closing !== undefined) throw new BrokerClosedError("KafkaBroker", "subscribe");
    if (!isTopicName(name)) throw new InvalidOptionError("dead letters", name, topicNames);
    const { servers, sasl } = this.#settings;
    try {
      const client = await this.#connection.producer();
      await this.#topics.makeCompacted(client, name, this.#stop.signal);
    } catch (error) {
      throw kafkaError(error, { servers, sasl, topic: name });
    }
    return new KafkaDeadLetters(name, this.#publisher, this.#connection, this.#settings);
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    if (this.#closing !== undefined) throw new BrokerClosedError("KafkaBroker", "subscribe");
    const subscribe = subscribeSettings(options, kafkaFeatures.replay);
    const wrong = subscribe.topics.find((topic) => !isTopicName(topic));
    if (wrong !== undefined) throw new InvalidOptionError("subscribe topics", wrong, topicNames);
    const end = Date.now() + this.#settings.publishTimeoutMs;
    for (let failures = 1; ; failures++) {
      let topic: string | undefined;
      try {
        const client = await this.#connection.producer();
        const topics = new Map<string, number>();
        for (topic of subscribe.topics) {
          const { leaders } = await this.#topics.find(client, topic, this.#stop);
          topics.set(topic, leaders.length);
        }
        return await this.#start(
          new KafkaSubscription({
            connection: this.#connection,
            settings: this.#settings,
            subscribe,
            topics,
            onClose: (subscription) => this.#subscriptions.delete(subscription),
          }),
        );
      } catch (error) {
        if (this.#closing !== undefined) throw new BrokerClosedError("KafkaBroker", "subscribe");
        const { servers, sasl } = this.#settings;
        const doing = { servers, sasl, topic, group: subscribe.group };
        const failure = kafkaError(error, doing);
        if (failure === error || refusalOf(error, doing) !== undefined || Date.now() > end) throw failure;
        await pause(backoff(failures, wait), this.#stop.signal).catch(() => {});
      }
    }
  }

  async #start(subscription: KafkaSubscription): Promise<Subscription> {
    this.#subscriptions.add(subscription);
    try {
      await subscription.start();
      return subscription;
    } catch (error) {
      await subscription.close();
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([
      this.#publisher.close(),
      ...Array.from(this.#subscriptions, (subscription) => subscription.close()),
    ]);
    await this.#connection.close();
  }
}
