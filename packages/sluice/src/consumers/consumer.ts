import type { ReceivedMessage } from "../brokers/received-message.js";
import type { RetryLater } from "../brokers/retry-later.js";
import type { Logger } from "../handlers/logger.js";
import type { HandledMessage } from "../inbox/handle-message.js";
import type { ConsumeOptions } from "./consume-options.js";
import { DeadlyMessageError } from "./consumer-errors.js";
import type { DeadLetters } from "./dead-letters.js";
import { decodeReceived } from "./decode-received.js";
import type { Pause } from "./pause.js";
import { replayGroupOf } from "./replay.js";
import type { RetryPolicy } from "./retry-policy.js";
import { Unregistered } from "./unregistered.js";

/** What is done with the messages that can be read. */
export interface ConsumerWork {
  /** A message is done when this resolves. */
  handle(message: ReceivedMessage, handled: HandledMessage, signal: AbortSignal): Promise<void>;
  /** Why nothing will ever be done with one, however often it is tried. */
  refusal(handled: HandledMessage, name: string): Error | undefined;
  /** Whether another try would fail as well. */
  isFinal?(error: unknown): boolean;
}

/** What of its options a consumer needs itself. */
export type ConsumerSettings = Pick<ConsumeOptions, "group" | "registry" | "unregistered" | "circuitBreaker">;

interface ConsumerParts {
  readonly work: ConsumerWork;
  readonly policy: RetryPolicy;
  readonly deadLetters: DeadLetters;
  readonly pause: Pause;
  readonly logger: Logger;
}

/**
 * A message that came so many times more often than it may be tried is not tried again. RabbitMQ and NATS count deliveries,
 * and each process that closes or dies gives back all that it had prefetched, so that a backlog that outlasts a dozen
 * releases has counts of a dozen without having been tried once.
 */
const spareTries = 100;

/** Takes one message after another from a subscription to its work (rules C). */
export class Consumer {
  readonly #options: ConsumerSettings;
  readonly #parts: ConsumerParts;
  readonly #unregistered: Unregistered;

  constructor(options: ConsumerSettings, parts: ConsumerParts) {
    this.#options = options;
    this.#parts = parts;
    this.#unregistered = new Unregistered(options.unregistered, options.group, parts.logger);
  }

  onMessage = async (message: ReceivedMessage, signal: AbortSignal): Promise<RetryLater | undefined> => {
    const { policy, pause, deadLetters, work } = this.#parts;
    const { group, registry } = this.#options;
    const onlyFor = replayGroupOf(message);
    if (onlyFor !== undefined && onlyFor !== group) return undefined;
    if (deadLetters.hasGivenUp(message)) return deadLetters.add(message, signal);
    if (message.attempt > policy.maxAttempts + spareTries) {
      return deadLetters.giveUp(message, new DeadlyMessageError(message.attempt - 1), signal);
    }
    const { rest } = pause;
    if (rest !== undefined) return rest;
    let handled: HandledMessage;
    try {
      handled = decodeReceived(message, registry);
      const refusal = work.refusal(handled, message.name);
      if (refusal !== undefined) throw refusal;
    } catch (error) {
      if (this.#unregistered.skips(error)) return undefined;
      return deadLetters.giveUp(message, error, signal);
    }
    try {
      await this.#guarded(() => work.handle(message, handled, signal));
      pause.end();
      return undefined;
    } catch (error) {
      return this.#fail(message, error, signal);
    }
  };

  #fail(
    message: ReceivedMessage,
    error: unknown,
    signal: AbortSignal,
  ): Promise<RetryLater | undefined> | RetryLater {
    // Whoever closed the consumer has left the message to others.
    if (signal.aborted) throw error;
    const { policy, pause, deadLetters, logger, work } = this.#parts;
    const { circuitBreaker, group } = this.#options;
    if (circuitBreaker?.isOpenError(error)) return pause.begin(error);
    const later = work.isFinal?.(error) ? undefined : policy.after(message.attempt);
    if (later === undefined) return deadLetters.giveUp(message, error, signal);
    const { name, id, topic, attempt } = message;
    const what = `${group} failed on ${name} ${id}, try ${attempt} of ${policy.maxAttempts}; the next one is in ${later.afterMs} ms.`;
    logger.warn({ group, topic, name, id, attempt, error }, what);
    return later;
  }

  #guarded(operation: () => Promise<void>): Promise<void> {
    const { circuitBreaker } = this.#options;
    return circuitBreaker === undefined ? operation() : circuitBreaker.execute(operation);
  }
}
