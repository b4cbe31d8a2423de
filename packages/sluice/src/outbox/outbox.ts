import type { MessageRegistry } from "../messages/message-registry.js";
import type { Headers, Metadata } from "../messages/metadata.js";
import type { NotificationEvent } from "../messages/notification-event.js";
import type { QueueStore } from "../queue/queue-store.js";

export interface AddOptions {
  /**
   * Where the events belong; a handler hands on its own: `outbox.add(event, tx, context)`.
   * @default none: the messages go without `correlation-id`
   */
  readonly metadata?: Pick<Metadata, "correlationId" | "causationId" | "headers"> | undefined;
  /** More headers for each message. @default none */
  readonly headers?: Headers | undefined;
}

/**
 * Keeps notification events in the same transaction as the rows that they tell of, until a relay has published them.
 *
 * `Tx` is what the store takes for a transaction, `Added` what `add` answers: a promise, or nothing where the driver is
 * synchronous, so that what fails rolls a synchronous transaction back.
 */
export interface Outbox<Tx = never, Added extends Promise<void> | void = Promise<void> | void> {
  /**
   * Writes events in the caller's own transaction (rule O1): they are published if, and only if, it commits. One
   * statement for up to 3,000 of them; it neither commits nor rolls back.
   *
   * Events of one topic and key are published in the order of their ids, that is, of the commits where the writers of
   * the key wait for each other (rule O2).
   *
   * @throws {NotRegisteredError} the class of an event is not registered.
   * @throws {EncodeRefusedError} an event would not be read back as it is; the error names the field.
   * @throws {OutboxRefusedError} an event cannot be stored: it is too large, or its id, name, topic or key is longer
   *   than 500 characters or has a NUL in it.
   * @throws {TransactionError} `tx` is no open transaction of this store.
   */
  add(events: NotificationEvent | readonly NotificationEvent[], tx: Tx, options?: AddOptions): Added;
  /**
   * Tells relays that were given this very object that what was added is committed. It may be left out: they look by
   * themselves, soon after an `add`, and then ever less often.
   */
  committed(): void;
  /** Names what may be added. */
  readonly registry: MessageRegistry;
  /** What relays, and the people who look after them, work with. */
  readonly queue: QueueStore;
}
