import { metadataOf } from "../brokers/metadata-of.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { RetryLater } from "../brokers/retry-later.js";
import type { Logger } from "../handlers/logger.js";
import {
  type HandledMessage,
  handleMessage,
  type TakeItem,
  unhandledError,
} from "../inbox/handle-message.js";
import { inTransaction } from "../inbox/in-transaction.js";
import { isRequest } from "../messages/request.js";
import type { ConsumeOptions } from "./consume-options.js";
import { DeadlyMessageError } from "./consumer-errors.js";
import type { DeadLetters } from "./dead-letters.js";
import { decodeReceived } from "./decode-received.js";
import type { Pause } from "./pause.js";
import { replayGroupOf } from "./replay.js";
import { Reply } from "./reply.js";
import type { RetryPolicy } from "./retry-policy.js";
import { Unregistered } from "./unregistered.js";

interface ConsumerParts {
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

/** Takes one message after another from a subscription to a mediator (rules C). */
export class Consumer<Tx> {
  readonly #options: ConsumeOptions<Tx>;
  readonly #parts: ConsumerParts;
  readonly #unregistered: Unregistered;

  constructor(options: ConsumeOptions<Tx>, parts: ConsumerParts) {
    this.#options = options;
    this.#parts = parts;
    this.#unregistered = new Unregistered(options.unregistered, options.group, parts.logger);
  }

  onMessage = async (message: ReceivedMessage, signal: AbortSignal): Promise<RetryLater | undefined> => {
    const { policy, pause, deadLetters } = this.#parts;
    const { group, registry, mediator } = this.#options;
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
      const unhandled = unhandledError(mediator, handled, message.name);
      if (unhandled !== undefined) throw unhandled;
    } catch (error) {
      if (this.#unregistered.skips(error)) return undefined;
      return deadLetters.giveUp(message, error, signal);
    }
    try {
      await this.#guarded(() => this.#handle(message, handled, signal));
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
    const { policy, pause, deadLetters, logger } = this.#parts;
    const { circuitBreaker, group } = this.#options;
    if (circuitBreaker?.isOpenError(error)) return pause.begin(error);
    const later = policy.after(message.attempt);
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

  async #handle(message: ReceivedMessage, handled: HandledMessage, signal: AbortSignal): Promise<void> {
    const { broker, mediator, replyTopic, inbox, transaction, scope, group } = this.#options;
    const hasReply = replyTopic !== undefined && isRequest(handled);
    const reply = hasReply ? new Reply(broker, replyTopic, message, signal) : undefined;
    const options = { metadata: metadataOf(message.id, message.headers), signal };
    const takeItem: TakeItem | undefined = reply?.take;
    if (inbox === undefined || transaction === undefined) {
      await handleMessage(mediator, handled, options, takeItem);
      return reply?.complete();
    }
    await inTransaction(transaction, "consume transaction", async (tx) => {
      if (!(await inbox.accept(message.id, tx, { consumer: group }))) return;
      await handleMessage(mediator, handled, scope ? { ...options, scope: scope(tx) } : options, takeItem);
      await reply?.complete();
    });
  }
}
