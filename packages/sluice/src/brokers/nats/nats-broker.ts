import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { Logger } from "../../handlers/logger.js";
import { BrokerClosedError } from "../broker-closed-error.js";
import type { BrokerFeatures } from "../broker-features.js";
import { brokerSettings } from "../broker-options.js";
import { checkMessage } from "../check-message.js";
import type { DeadLetterQueue } from "../dead-letter-queue.js";
import type { Message } from "../message.js";
import type { ForwardOptions, MessageBroker, PublishOptions } from "../message-broker.js";
import { MessageRefusedError } from "../publish-errors.js";
import type { ReceivedMessage } from "../received-message.js";
import { type SubscribeOptions, type Subscription, subscribeSettings } from "../subscribe-options.js";
import type { WireFormat, WireMessage } from "../wire-format.js";
import { checkNatsOptions, type NatsBrokerOptions } from "./nats-broker-options.js";
import { NatsClient } from "./nats-client.js";
import { NatsConsumers } from "./nats-consumers.js";
import { NatsDeadLetters } from "./nats-dead-letters.js";
import { subjectProblem } from "./nats-names.js";
import type { NatsParcel } from "./nats-parcel.js";
import { NatsPublisher } from "./nats-publisher.js";
import { NatsStreams } from "./nats-streams.js";
import { NatsSubscription } from "./nats-subscription.js";
import { natsBinding, natsHeaders } from "./nats-wire.js";

/**
 * Publishes to NATS JetStream and subscribes to it. A topic is a subject; the stream that has it is found by it.
 *
 * `publish` resolves when JetStream has acknowledged all messages. They go out in the order of publishing, also over
 * reconnects, and by their id (`Nats-Msg-Id`) the server knows one again within its stream's duplicate window. They are
 * CloudEvents in headers, as the binding of NATS has it.
 *
 * A group is a durable pull consumer for each topic, a subscriber without a group one that goes with it. A message that
 * is under way in a process is not given to others while the process lives; when it dies, after `ackWaitMs`. Within a
 * group the order per key holds for each member, as any of them gets the next message, unless `orderPerKey` is
 * `"group"`.
 *
 * @throws {InvalidOptionError} an option is out of range; from `subscribe` also: the group's consumer is of another kind.
 * @throws {BrokerUnavailableError} from `publish` and `subscribe`: no connection, no stream for a topic, a permission is
 * missing, or no acknowledgement within `publishTimeoutMs`; where only some messages are concerned, in a
 * {@link PublishFailedError}.
 * @throws {MessageRefusedError} from `publish`: a topic that is no subject, a header that cannot be sent, a message above
 * the server's `max_payload`.
 * @throws {BrokerClosedError} from `publish` and `subscribe`: `close()` was called before.
 *
 * @example
 * ```ts no-run
 * import { bootstrap, NotificationEvent } from "sluice";
 * import { NatsBroker } from "sluice/brokers/nats";
 *
 * const broker = new NatsBroker({
 *   connection: { servers: "nats://127.0.0.1:4222", user: "orders", pass: process.env.NATS_PASSWORD },
 *   createStreams: { replicas: 3, maxAgeMs: 7 * 24 * 3_600_000 },
 * });
 * const mediator = bootstrap({ messageBroker: broker });
 * await mediator.publish(
 *   new NotificationEvent({ eventName: "order.placed", topic: "orders", key: "o-1", payload: { orderId: "o-1" } }),
 * );
 *
 * await broker.subscribe({
 *   topics: ["orders"],
 *   group: "billing",
 *   onMessage: ({ payload }) => console.log(payload),
 * });
 * await broker.close();
 * ```
 */
export class NatsBroker implements MessageBroker {
  readonly features: BrokerFeatures;
  readonly #format: WireFormat;
  readonly #logger: Logger;
  readonly #client: NatsClient;
  readonly #streams: NatsStreams;
  readonly #consumers: NatsConsumers;
  readonly #publisher: NatsPublisher;
  readonly #subscriptions = new Set<NatsSubscription>();
  #closing: Promise<void> | undefined;

  constructor(options: NatsBrokerOptions) {
    checkNatsOptions(options);
    const { ackWaitMs = 5_000, orderPerKey = "member", createStreams } = options;
    const settings = brokerSettings("NatsBroker", options);
    const { wire, publishTimeoutMs, maxPending, logger } = settings;
    this.features = {
      fanOut: true,
      consumerGroups: true,
      orderPerKey,
      standby: orderPerKey === "group",
      delay: true,
      countsAttempts: true,
      replay: true,
      deduplication: true,
      singleInstance: false,
    };
    this.#format = wire;
    this.#logger = logger;
    this.#client = new NatsClient(options, settings);
    const client = this.#client;
    const streams = new NatsStreams(client, createStreams);
    this.#streams = streams;
    this.#consumers = new NatsConsumers({ client, streams, ackWaitMs, isPinned: orderPerKey === "group" });
    this.#publisher = new NatsPublisher({ client, streams, publishTimeoutMs, maxPending });
  }

  async publish(messages: readonly Message[], { signal }: PublishOptions): Promise<void> {
    this.#checkOpen("publish");
    if (!Array.isArray(messages))
      throw new InvalidOptionError("publish messages", messages, "a list of messages");
    for (const message of messages) checkMessage(message);
    const parcels = messages.map((message: Message) =>
      this.#parcel(message.id, message.topic, this.#format.write(message, natsBinding), message.id),
    );
    await this.#publisher.publish(parcels, signal);
  }

  async forward(
    { raw }: Pick<ReceivedMessage, "raw">,
    { topic, headers, signal }: ForwardOptions,
  ): Promise<void> {
    this.#checkOpen("publish");
    // The stream may know the message by its id, as what it is a copy of: under that it would not be kept.
    const id = crypto.randomUUID();
    const parcel = this.#parcel(id, topic, { ...raw, headers: { ...raw.headers, ...headers } }, id);
    await this.#publisher.publish([parcel], signal);
  }

  async deadLetterQueue(name: string): Promise<DeadLetterQueue> {
    this.#checkOpen("subscribe");
    const problem = subjectProblem(name);
    if (problem !== undefined)
      throw new InvalidOptionError("deadLetterQueue name", name, "a subject", problem);
    const stream = await this.#streams.ofDeadLetters(name);
    return new NatsDeadLetters({
      client: this.#client,
      stream,
      name,
      format: this.#format,
      add: (message, headers, signal) => this.forward(message, { topic: name, headers, signal }),
    });
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#checkOpen("subscribe");
    const subscription = new NatsSubscription({
      client: this.#client,
      consumers: this.#consumers,
      settings: subscribeSettings(options, this.features.replay),
      format: this.#format,
      logger: this.#logger,
      isPinned: this.features.orderPerKey === "group",
      onClose: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    await subscription.start();
    return subscription;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#publisher.idle();
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.close()));
    await this.#publisher.close();
    await this.#client.close();
  }

  #checkOpen(action: "publish" | "subscribe"): void {
    if (this.#closing !== undefined) throw new BrokerClosedError("NatsBroker", action);
  }

  /** A message as it goes out, or why it does not. */
  #parcel(id: string, topic: string, wire: WireMessage, dedupeAs: string): NatsParcel | MessageRefusedError {
    const problem = subjectProblem(topic);
    if (problem !== undefined) return new MessageRefusedError(id, problem);
    try {
      const headers = natsHeaders(wire, id, dedupeAs);
      return { id, topic, key: wire.key, headers, body: wire.body };
    } catch (error) {
      if (error instanceof MessageRefusedError) return error;
      throw error;
    }
  }
}
