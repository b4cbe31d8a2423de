import type { ReceivedMessage } from "../brokers/received-message.js";
import { RetryLater } from "../brokers/retry-later.js";
import { reasonOf } from "../errors/reason.js";
import type { Logger } from "../handlers/logger.js";
import { backoff } from "../resilience/backoff.js";

/** Puts a message where those are kept that were given up. */
export type Bury = (message: ReceivedMessage, error: unknown, signal: AbortSignal) => unknown;

const wait = { baseMs: 200, maxMs: 30_000 };

/** The way of a message that is given up: it is not handled again, even if it takes many tries to put it away. */
export class DeadLetters {
  readonly #bury: Bury;
  readonly #group: string;
  readonly #logger: Logger;
  readonly #givenUp = new WeakMap<ReceivedMessage, { readonly error: unknown; failures: number }>();

  constructor(bury: Bury, group: string, logger: Logger) {
    this.#bury = bury;
    this.#group = group;
    this.#logger = logger;
  }

  hasGivenUp(message: ReceivedMessage): boolean {
    return this.#givenUp.has(message);
  }

  giveUp(message: ReceivedMessage, error: unknown, signal: AbortSignal): Promise<RetryLater | undefined> {
    this.#givenUp.set(message, { error, failures: 0 });
    const { topic, attempt } = message;
    const what = `${this.#group} gave up a message of ${topic} after try ${attempt}; it is a dead letter. ${reasonOf(error)}`;
    this.#logger.error({ group: this.#group, topic, attempt, error }, what);
    return this.add(message, signal);
  }

  /** Puts away one that was given up; where that fails it is tried again, and the message stays unacknowledged. */
  async add(message: ReceivedMessage, signal: AbortSignal): Promise<RetryLater | undefined> {
    const letter = this.#givenUp.get(message);
    if (letter === undefined) return undefined;
    try {
      await this.#bury(message, letter.error, signal);
      return undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      letter.failures++;
      const later = new RetryLater(backoff(letter.failures, wait), false);
      const what = `${this.#group} could not put away a dead letter of ${message.topic}; the next try is in ${later.afterMs} ms.`;
      this.#logger.error({ group: this.#group, topic: message.topic, error }, what);
      return later;
    }
  }
}
