import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { consoleLogger, guardLogger, type Logger } from "../handlers/logger.js";
import { BrokerClosedError } from "./broker-closed-error.js";
import { checkMessage } from "./check-message.js";
import { type DeadLetter, MemorySubscription } from "./memory-subscription.js";
import type { Message, MessageBroker, SubscribeOptions, Subscription } from "./message-broker.js";
import { readMessage, storeMessage } from "./stored-message.js";

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
}

/**
 * A message broker within the process, for tests and for trying things out: it keeps all that was published.
 *
 * It is as strict as a wire. What JSON would change is refused, and every subscriber reads a copy of its own. A batch
 * is taken as a whole or, when one of its messages is refused, not at all.
 *
 * Each subscriber of a topic is given every message that is published from then on; `publish` does not wait for it.
 * Messages with the same key are given one after another, in their order; others at the same time. A subscriber that
 * fails is given the message again at once, and the next of its key only then; after `maxDeliveries` the message is a
 * dead letter. Other subscribers notice nothing of it.
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
 * await broker.subscribe({ topic: "orders", onMessage: ({ payload }) => console.log(payload) });
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
  readonly #maxDeliveries: number;
  readonly #logger: Logger;
  readonly #published: Message[] = [];
  readonly #deadLetters: DeadLetter[] = [];
  readonly #subscriptions = new Set<MemorySubscription>();
  #closing: Promise<void> | undefined;

  constructor({ maxDeliveries = 3, logger = consoleLogger }: MemoryMessageBrokerOptions = {}) {
    if (!(Number.isSafeInteger(maxDeliveries) && maxDeliveries >= 1)) {
      throw new InvalidOptionError(
        "MemoryMessageBroker maxDeliveries",
        maxDeliveries,
        "a whole number from 1 up",
      );
    }
    this.#maxDeliveries = maxDeliveries;
    this.#logger = guardLogger(logger);
  }

  /** All that was published, in its order, as a subscriber reads it. */
  get published(): readonly Message[] {
    return this.#published;
  }

  /** What subscribers failed on, in the order they gave up. */
  get deadLetters(): readonly DeadLetter[] {
    return this.#deadLetters;
  }

  async publish(messages: readonly Message[]): Promise<void> {
    if (this.#closing !== undefined) throw new BrokerClosedError("MemoryMessageBroker", "publish");
    if (!Array.isArray(messages))
      throw new InvalidOptionError("publish messages", messages, "a list of messages");
    for (const message of messages) checkMessage(message);
    for (const stored of messages.map(storeMessage)) {
      this.#published.push(readMessage(stored));
      for (const subscription of this.#subscriptions) subscription.deliver(stored);
    }
  }

  async subscribe({ topic, onMessage }: SubscribeOptions): Promise<Subscription> {
    if (this.#closing !== undefined) throw new BrokerClosedError("MemoryMessageBroker", "subscribe");
    if (typeof topic !== "string" || topic === "")
      throw new InvalidOptionError("subscribe topic", topic, "a string with at least one character");
    if (typeof onMessage !== "function")
      throw new InvalidOptionError("subscribe onMessage", onMessage, "a function");
    const subscription = new MemorySubscription({
      topic,
      onMessage,
      maxDeliveries: this.#maxDeliveries,
      onDeadLetter: (letter) => this.#keep(letter),
      onClose: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
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

  #keep(letter: DeadLetter): void {
    this.#deadLetters.push(letter);
    const { id, name, topic } = letter.message;
    const what = `A subscriber of ${topic} failed ${this.#maxDeliveries} times on ${name} ${id}; it is a dead letter.`;
    this.#logger.error({ ...letter }, what);
  }
}
