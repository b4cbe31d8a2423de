import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { consoleLogger, guardLogger, type Logger } from "../../handlers/logger.js";
import { BrokerClosedError } from "../broker-closed-error.js";
import type { BrokerFeatures } from "../broker-features.js";
import { checkMessage } from "../check-message.js";
import type { DeadLetterQueue } from "../dead-letter-queue.js";
import type { Message } from "../message.js";
import type { ForwardOptions, MessageBroker, PublishOptions } from "../message-broker.js";
import type { ReceivedMessage } from "../received-message.js";
import { type SubscribeOptions, type Subscription, subscribeSettings } from "../subscribe-options.js";
import { cloudEvents } from "../wire/cloud-events.js";
import type { WireFormat, WireMessage } from "../wire-format.js";
import { MemoryDeadLetters } from "./memory-dead-letters.js";
import { MemoryLog } from "./memory-log.js";
import { type DeadLetter, MemorySubscription } from "./memory-subscription.js";

const memoryFeatures: BrokerFeatures = {
  fanOut: true,
  consumerGroups: true,
  orderPerKey: "group",
  delay: false,
  countsAttempts: true,
  replay: true,
  deduplication: false,
  singleInstance: true,
};

export interface MemoryMessageBrokerOptions {
  /**
   * How often a message is given to a subscriber that fails on it. A whole number from 1 up.
   * @default 3
   */
  readonly maxDeliveries?: number | undefined;
  /**
   * Told of each dead letter.
   * @default console
   */
  readonly logger?: Logger | undefined;
  /** How messages are written. @default CloudEvents */
  readonly wire?: WireFormat | undefined;
}

/**
 * A message broker within the process, for tests and for trying things out: it keeps all that was published.
 *
 * It is as strict as a wire. What JSON would change is refused, and every subscriber reads a copy of its own. A batch
 * is taken as a whole or, when one of its messages is refused, not at all.
 *
 * Each subscriber of a topic is given every message that is published from then on, and the members of a group share
 * those of all times; `publish` does not wait for them. Messages with the same key are given one after another, in
 * their order, also within a group; others at the same time. A subscriber that fails is given the message again at once,
 * and the next of its key only then; after `maxDeliveries` the message is a dead letter. Other subscribers notice nothing
 * of it.
 *
 * `close()` waits until all subscribers have handled what was published. Do not await it inside a subscriber.
 *
 * @throws {InvalidOptionError} `maxDeliveries` is out of range, or a message has no `id`, `name` or `topic`.
 * @throws {EncodeRefusedError} from `publish`: a payload that JSON would change; the error names the field.
 * @throws {BrokerClosedError} from `publish` and `subscribe`: `close()` was called before.
 *
 * @example
 * ```ts
 * import { bootstrap, NotificationEvent } from "sluice";
 * import { MemoryMessageBroker } from "sluice/brokers";
 *
 * const broker = new MemoryMessageBroker();
 * await broker.subscribe({ topics: ["orders"], onMessage: ({ payload }) => console.log(payload) });
 *
 * const mediator = bootstrap({ messageBroker: broker });
 * await mediator.publish(
 *   new NotificationEvent({ eventName: "order.placed", topic: "orders", payload: { orderId: "o-1" } }),
 * );
 * console.log(broker.published.length);
 * await broker.close();
 * ```
 */
export class MemoryMessageBroker implements MessageBroker {
  readonly features = memoryFeatures;
  readonly #maxDeliveries: number;
  readonly #logger: Logger;
  readonly #log: MemoryLog;
  readonly #published: Message[] = [];
  readonly #deadLetters: DeadLetter[] = [];
  readonly #queues = new Map<string, MemoryDeadLetters>();
  readonly #subscriptions = new Set<MemorySubscription>();
  #closing: Promise<void> | undefined;

  constructor(options: MemoryMessageBrokerOptions = {}) {
    const { maxDeliveries = 3, logger = consoleLogger, wire = cloudEvents() } = options;
    if (!(Number.isSafeInteger(maxDeliveries) && maxDeliveries >= 1)) {
      throw new InvalidOptionError(
        "MemoryMessageBroker maxDeliveries",
        maxDeliveries,
        "a whole number from 1 up",
      );
    }
    this.#maxDeliveries = maxDeliveries;
    this.#logger = guardLogger(logger);
    this.#log = new MemoryLog(wire);
  }

  /** All that was published, in its order, as a subscriber reads it. */
  get published(): readonly Message[] {
    return this.#published;
  }

  /** What subscribers failed on, in the order they gave up. */
  get deadLetters(): readonly DeadLetter[] {
    return this.#deadLetters;
  }

  async publish(messages: readonly Message[], { signal }: Partial<PublishOptions> = {}): Promise<void> {
    if (this.#closing !== undefined) throw new BrokerClosedError("MemoryMessageBroker", "publish");
    signal?.throwIfAborted();
    if (!Array.isArray(messages))
      throw new InvalidOptionError("publish messages", messages, "a list of messages");
    for (const message of messages) checkMessage(message);
    const written = messages.map((message) => ({ message, wire: this.#log.write(message) }));
    for (const { message, wire } of written) this.#keep(message, wire);
  }

  async forward(
    { raw }: Pick<ReceivedMessage, "raw">,
    { topic, headers, signal }: Omit<ForwardOptions, "signal"> & Partial<ForwardOptions>,
  ): Promise<void> {
    if (this.#closing !== undefined) throw new BrokerClosedError("MemoryMessageBroker", "publish");
    signal?.throwIfAborted();
    this.#log.append(topic, { ...raw, headers: { ...raw.headers, ...headers } });
  }

  async deadLetterQueue(name: string): Promise<DeadLetterQueue> {
    const known = this.#queues.get(name) ?? new MemoryDeadLetters(name, this.#log);
    this.#queues.set(name, known);
    return known;
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    if (this.#closing !== undefined) throw new BrokerClosedError("MemoryMessageBroker", "subscribe");
    const subscription = new MemorySubscription({
      log: this.#log,
      settings: subscribeSettings(options, this.features.replay),
      logger: this.#logger,
      maxDeliveries: this.#maxDeliveries,
      onDeadLetter: (letter) => this.#bury(letter),
      onClose: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    subscription.start();
    return subscription;
  }

  close(): Promise<void> {
    this.#closing ??= this.#flush();
    return this.#closing;
  }

  async #flush(): Promise<void> {
    const subscriptions = [...this.#subscriptions];
    await Promise.all(subscriptions.map((subscription) => subscription.idle()));
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
  }

  #keep({ topic: to, encoded }: Message, wire: WireMessage): void {
    const received = this.#log.append(to, wire);
    const { id, name, topic, key, timestamp, headers } = received;
    const message = { id, name, topic, key, timestamp, headers, ...(encoded && { encoded }) };
    // What somebody else has written may be no JSON: that is for whoever reads it.
    const payload = encoded ? { get: () => received.payload } : { value: received.payload };
    this.#published.push(
      Object.defineProperty(message, "payload", { ...payload, enumerable: true }) as Message,
    );
  }

  #bury(letter: DeadLetter): void {
    this.#deadLetters.push(letter);
    const { topic, attempt } = letter.message;
    const what = `A subscriber of ${topic} failed ${attempt} times on a message; it is a dead letter.`;
    this.#logger.error({ ...letter }, what);
  }
}
