import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { Logger } from "../../handlers/logger.js";
import { BrokerClosedError } from "../broker-closed-error.js";
import type { BrokerFeatures } from "../broker-features.js";
import { checkMessage } from "../check-message.js";
import type { DeadLetterQueue } from "../dead-letter-queue.js";
import type { Message } from "../message.js";
import type { ForwardOptions, MessageBroker, PublishOptions } from "../message-broker.js";
import type { ReceivedMessage } from "../received-message.js";
import {
  type SubscribeOptions,
  type SubscribeSettings,
  type Subscription,
  subscribeSettings,
} from "../subscribe-options.js";
import type { WireFormat } from "../wire-format.js";
import type { SendLater } from "./consumer-session.js";
import { OutgoingBatch } from "./outgoing-batch.js";
import {
  type RabbitMQBrokerOptions,
  type RabbitMQSettings,
  rabbitMQSettings,
} from "./rabbitmq-broker-options.js";
import { RabbitMQLinks } from "./rabbitmq-connect.js";
import { RabbitMQDeadLetters } from "./rabbitmq-dead-letters.js";
import type { RabbitMQLink } from "./rabbitmq-link.js";
import { RabbitMQPublisher } from "./rabbitmq-publisher.js";
import { RabbitMQSubscription } from "./rabbitmq-subscription.js";
import { RabbitMQTopology } from "./rabbitmq-topology.js";
import { envelopeOf, rabbitMQBinding } from "./rabbitmq-wire.js";
import { RetryQueues } from "./retry-queues.js";

interface Sending {
  readonly link: RabbitMQLink;
  readonly publisher: RabbitMQPublisher;
  readonly retryQueues: RetryQueues;
}

/**
 * Publishes to RabbitMQ, and consumes from it, through rabbitmq-client.
 *
 * A topic is a durable topic exchange, a group a durable queue with all that is published to it; a subscriber without a
 * group has a private queue, which goes with it. Messages are persistent; `publish` resolves when the server has confirmed
 * them, and rejects when no queue is bound for one. While the server is away, `publish` waits for it, and what was not
 * confirmed is sent again: it may arrive twice, under the same id. Subscriptions come back by themselves.
 *
 * By default one member of a group is active at a time, and the order per key holds in the whole group; see
 * `singleActiveConsumer`. A message without order that is to be tried later waits at the server, in a queue for its time.
 * `docs/brokers/rabbitmq.md` says what is set and why.
 *
 * `close()` waits until all that was published is confirmed, closes the subscriptions, and then the connections that it
 * made; one that was passed in stays open.
 *
 * @throws {InvalidOptionError} an option is out of range, or a message lacks something.
 * @throws {BrokerUnavailableError} from `publish` and `subscribe`: the server is away for too long or refuses the user, or
 * an exchange or a queue is missing, locked, or there with other settings; the error says what to do.
 * @throws {MessageRefusedError} from `publish`: a message that the server never takes, such as one that is too large.
 * @throws {PublishFailedError} from `publish`: some of the messages did not arrive.
 * @throws {BrokerClosedError} from `publish` and `subscribe`: `close()` was called before.
 *
 * @example
 * ```ts no-run
 * import { bootstrap, NotificationEvent } from "sluice";
 * import { RabbitMQBroker } from "sluice/brokers/rabbitmq";
 *
 * const broker = new RabbitMQBroker({ connection: { url: "amqp://shop:secret@127.0.0.1/shop" } });
 * const subscription = await broker.subscribe({
 *   topics: ["orders"],
 *   group: "billing",
 *   onMessage: ({ name, payload, attempt }) => console.log(name, payload, attempt),
 * });
 *
 * const mediator = bootstrap({ messageBroker: broker });
 * await mediator.publish(
 *   new NotificationEvent({ eventName: "order.placed", topic: "orders", key: "o-1", payload: { orderId: "o-1" } }),
 * );
 * await subscription.close();
 * await broker.close();
 * ```
 */
export class RabbitMQBroker implements MessageBroker {
  readonly features: BrokerFeatures;
  readonly #settings: RabbitMQSettings;
  readonly #links: RabbitMQLinks;
  readonly #topology: RabbitMQTopology;
  readonly #format: WireFormat;
  readonly #logger: Logger;
  readonly #subscriptions = new Set<RabbitMQSubscription>();
  /** What `close()` waits for. */
  readonly #underWay = new Set<Promise<void>>();
  #sendingBy: Promise<Sending> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RabbitMQBrokerOptions) {
    const settings = rabbitMQSettings(options);
    this.#settings = settings;
    this.#links = new RabbitMQLinks(options, settings.idleTimeoutMs);
    this.#topology = new RabbitMQTopology(options, settings);
    this.#format = settings.wire;
    this.#logger = settings.logger;
    this.features = {
      fanOut: true,
      consumerGroups: true,
      orderPerKey: settings.singleActiveConsumer ? "group" : "member",
      standby: settings.singleActiveConsumer,
      delay: settings.declare,
      countsAttempts: settings.queueType === "quorum",
      replay: false,
      deduplication: false,
      singleInstance: false,
    };
  }

  async publish(messages: readonly Message[], { signal }: PublishOptions): Promise<void> {
    this.#refuseWhenClosed("publish");
    if (!Array.isArray(messages))
      throw new InvalidOptionError("publish messages", messages, "a list of messages");
    for (const message of messages) checkMessage(message);
    const batch = new OutgoingBatch();
    for (const message of messages) {
      const { id, key, topic, timestamp } = message;
      const wire = this.#format.write(message, rabbitMQBinding);
      const envelope = envelopeOf(wire, this.#topology.exchangeOf(topic), message);
      envelope.routingKey = this.#topology.routingKeyOf(message);
      envelope.timestamp = Math.floor(timestamp.getTime() / 1_000);
      envelope.mandatory = this.#settings.unroutable === "refuse";
      batch.add(id, key, wire.body, envelope);
    }
    await this.#track(this.#send(batch, signal));
  }

  async forward(
    { raw }: Pick<ReceivedMessage, "raw">,
    { topic, headers, signal }: ForwardOptions,
  ): Promise<void> {
    this.#refuseWhenClosed("publish");
    const envelope = envelopeOf(raw, this.#topology.exchangeOf(topic));
    envelope.headers = { ...envelope.headers, ...headers };
    envelope.mandatory = this.#settings.unroutable === "refuse";
    const batch = OutgoingBatch.of(raw, envelope);
    await this.#track(this.#send(batch, signal));
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#refuseWhenClosed("subscribe");
    const settings = subscribeSettings(options, this.features.replay);
    return await this.#subscribe(settings);
  }

  async deadLetterQueue(name: string): Promise<DeadLetterQueue> {
    this.#refuseWhenClosed("publish");
    const { link, publisher } = await this.#sending();
    await link.demand((channel) => this.#topology.plainQueue(channel, name));
    return new RabbitMQDeadLetters({ queue: name, link, publisher, format: this.#format });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.close()));
    const [sending] = await Promise.allSettled([this.#sendingBy]);
    if (sending.status === "fulfilled") await sending.value?.publisher.close();
    await this.#links.release();
  }

  #sending(): Promise<Sending> {
    this.#sendingBy ??= this.#links.publishing().then((link) => {
      const publisher = new RabbitMQPublisher(link, this.#topology, this.#settings);
      return {
        link,
        publisher,
        retryQueues: new RetryQueues(link, publisher, this.#settings.queueType),
      };
    });
    return this.#sendingBy;
  }

  /** Every call takes the same way, so that none overtakes another. */
  async #send(batch: OutgoingBatch, signal: AbortSignal): Promise<void> {
    const { publisher } = await this.#sending();
    await publisher.send(batch, signal);
  }

  readonly #sendLater: SendLater = async (...given) => {
    const { retryQueues } = await this.#sending();
    await retryQueues.send(...given);
  };

  async #subscribe(settings: SubscribeSettings): Promise<Subscription> {
    const { declare, queueType, singleActiveConsumer, publishTimeoutMs } = this.#settings;
    const hasGroup = settings.group !== undefined;
    const link = await this.#links.consuming();
    this.#refuseWhenClosed("subscribe");
    const subscription = new RabbitMQSubscription({
      link,
      topology: this.#topology,
      settings,
      format: this.#format,
      logger: this.#logger,
      timeoutMs: publishTimeoutMs,
      isSingleActive: singleActiveConsumer && hasGroup,
      isQuorum: queueType === "quorum" && hasGroup,
      sendLater: declare && hasGroup ? this.#sendLater : undefined,
      onClose: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    try {
      await subscription.start();
      return subscription;
    } catch (error) {
      await subscription.close();
      this.#refuseWhenClosed("subscribe");
      throw error;
    }
  }

  #refuseWhenClosed(action: "publish" | "subscribe"): void {
    if (this.#closing !== undefined) throw new BrokerClosedError("RabbitMQBroker", action);
  }

  async #track(publishing: Promise<void>): Promise<void> {
    this.#underWay.add(publishing);
    try {
      await publishing;
    } finally {
      this.#underWay.delete(publishing);
    }
  }
}
