import type { MessageBroker } from "../brokers/message-broker.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { SubscribeOptions } from "../brokers/subscribe-options.js";
import type { ContainerScope } from "../containers/container.js";
import type { Logger } from "../handlers/logger.js";
import type { RunInTransaction } from "../inbox/in-transaction.js";
import type { Inbox } from "../inbox/inbox.js";
import type { Mediator } from "../mediator/mediator.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import type { CircuitBreaker } from "../resilience/circuit-breaker.js";
import type { RetryOptions } from "./retry-policy.js";

export interface ConsumeOptions<Tx = never> extends Omit<SubscribeOptions, "onMessage" | "group"> {
  /** Where the messages come from. Whoever made it closes it, after the consumer. */
  readonly broker: MessageBroker;
  /** The consumer group: instances of one service have the same, and share the work. */
  readonly group: string;
  /** Names what may come: a `DomainEvent` or a request class for each name on the wire. */
  readonly registry: MessageRegistry;
  /**
   * Handles what comes: domain events are published, requests sent, those that stream are read to their end. Whoever made
   * it closes it, after the consumer.
   */
  readonly mediator: Mediator;
  /** How often, and when, a message that failed is tried again. */
  readonly retry?: RetryOptions | undefined;
  /**
   * Where a message goes that was given up: the name of a queue of dead letters at the broker, or a function, after which
   * the message is acknowledged. What it throws is tried again, for as long as it takes.
   * @default "<group>.dead-letters"
   */
  readonly deadLetter?: string | ((message: ReceivedMessage, error: unknown) => unknown) | undefined;
  /**
   * What becomes of a message whose name is not in the registry: a dead letter, or it is acknowledged and left alone, for
   * topics on which others talk too.
   * @default "dead-letter"
   */
  readonly unregistered?: "dead-letter" | "skip" | undefined;
  /**
   * Guards the handlers. While it is open, the subscription pauses: nothing is given up, no try counts (rule C4).
   * @default none
   */
  readonly circuitBreaker?: CircuitBreaker | undefined;
  /** How long a pause lasts before one message is tried, in milliseconds from 1 up. @default 1_000 */
  readonly pauseMs?: number | undefined;
  /**
   * Lets each message have its effects once, however often it comes: its mark commits with what the handlers write in the
   * `transaction` (rule O7).
   * @default none
   */
  readonly inbox?: Inbox<Tx> | undefined;
  /** Runs one message's handlers, and marks it, in one transaction: begins it, awaits `work`, and commits or rolls back. */
  readonly transaction?: RunInTransaction<Tx> | undefined;
  /** Hands the transaction to the handlers: the scope that they are resolved in (rule U3). */
  readonly scope?: ((tx: Tx) => ContainerScope) | undefined;
  /**
   * Where the response of a request goes, or the items of one that streams, each as soon as there is one. Their names on
   * the wire are that of the request with `.item` and, at the end, `.completed`.
   * @default nowhere
   */
  readonly replyTopic?: string | undefined;
  /** @default console */
  readonly logger?: Logger | undefined;
}
