import type { Logger } from "../../handlers/logger.js";
import { Deliveries } from "../deliveries.js";
import type { ReceivedMessage } from "../received-message.js";
import { RetryLater } from "../retry-later.js";
import type { SubscribeSettings, Subscription } from "../subscribe-options.js";
import type { MemoryGroup } from "./memory-group.js";
import type { MemoryLog } from "./memory-log.js";

/** A message that a subscriber failed on each time it was given. */
export interface DeadLetter {
  readonly message: ReceivedMessage;
  /** What the subscriber threw at last. */
  readonly error: unknown;
}

interface MemorySubscriptionOptions {
  readonly log: MemoryLog;
  readonly settings: SubscribeSettings;
  readonly logger: Logger;
  readonly maxDeliveries: number;
  readonly onDeadLetter: (letter: DeadLetter) => void;
  readonly onClose: () => void;
}

/** A member of a group at each of its topics. */
export class MemorySubscription implements Subscription {
  readonly #options: MemorySubscriptionOptions;
  readonly #groups: readonly MemoryGroup[];
  readonly #member;
  #closing: Promise<void> | undefined;

  constructor(options: MemorySubscriptionOptions) {
    this.#options = options;
    const { log, settings, logger, maxDeliveries, onDeadLetter } = options;
    const onFailure = (message: ReceivedMessage, error: unknown) => {
      if (message.attempt < maxDeliveries) return new RetryLater(0);
      onDeadLetter({ message, error });
      return undefined;
    };
    const deliveries = new Deliveries(settings, { logger, onFailure });
    this.#member = { deliveries, scope: deliveries.scope() };
    const { topics, group, startAt } = settings;
    this.#groups = topics.map((topic) => log.group(topic, group, startAt));
  }

  start(): void {
    for (const group of this.#groups) group.join(this.#member);
  }

  /** Resolves when all that was published for it is handled. */
  async idle(): Promise<void> {
    await Promise.all(this.#groups.map((group) => group.idle()));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const group of this.#groups) {
      group.leave(this.#member);
      this.#options.log.leave(group);
    }
    this.#options.onClose();
    await this.#member.deliveries.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
