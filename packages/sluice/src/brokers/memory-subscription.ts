import type { Message, SubscribeOptions, Subscription } from "./message-broker.js";
import { readMessage, type StoredMessage } from "./stored-message.js";

/** A message that a subscriber failed on each time it was given. */
export interface DeadLetter {
  readonly message: Message;
  /** What the subscriber threw at last. */
  readonly error: unknown;
}

interface MemorySubscriptionOptions extends SubscribeOptions {
  readonly maxDeliveries: number;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  readonly onClose: () => void;
}

/** Gives one subscriber its messages, those of one key one after another. */
export class MemorySubscription implements Subscription {
  readonly #options: MemorySubscriptionOptions;
  readonly #running = new Set<Promise<void>>();
  /** The last message under way of each key. */
  readonly #lanes = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(options: MemorySubscriptionOptions) {
    this.#options = options;
  }

  deliver(stored: StoredMessage): void {
    const { topic, key } = stored;
    if (topic !== this.#options.topic) return;
    const previous = key === undefined ? undefined : this.#lanes.get(key);
    const handled = (previous ?? Promise.resolve()).then(() => this.#handle(stored));
    const done = handled.then(() => {
      this.#running.delete(done);
      if (key !== undefined && this.#lanes.get(key) === done) this.#lanes.delete(key);
    });
    this.#running.add(done);
    if (key !== undefined) this.#lanes.set(key, done);
  }

  async #handle(stored: StoredMessage): Promise<void> {
    const { onMessage, maxDeliveries, onDeadLetter } = this.#options;
    for (let delivery = 1; !this.#isClosed; delivery++) {
      try {
        await onMessage(readMessage(stored));
        return;
      } catch (error) {
        if (delivery === maxDeliveries) return onDeadLetter({ message: readMessage(stored), error });
      }
    }
  }

  /** Resolves when all that was delivered is handled. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.onClose();
    await this.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
