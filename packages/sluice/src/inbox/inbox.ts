import type { DomainEvent } from "../messages/domain-event.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import type { Headers } from "../messages/metadata.js";
import type { Request } from "../messages/request.js";
import type { MaybePromise } from "../queue/maybe-promise.js";
import type { QueueRow } from "../queue/queue-row.js";
import type { Lease, QueueStore } from "../queue/queue-store.js";

/** What an inbox keeps for later: a message under the id that it came with. */
export type InboxEntry = readonly [
  messageId: string,
  message: Request<unknown> | DomainEvent,
  options?: InboxEntryOptions,
];

export interface InboxEntryOptions {
  /** Messages with the same key are handled one after another, in the order of adding. @default no key */
  readonly key?: string | undefined;
  /** What came with it: `correlation-id` and `causation-id` are taken up, the others handed on. @default none */
  readonly headers?: Headers | undefined;
}

/**
 * Lets a message have its effects once, however often it comes: either at once (`accept`, rule O7), or later by a worker
 * (`add`, rule O8).
 *
 * `Tx` is what the store takes for a transaction. Where its driver is synchronous, so are these methods.
 */
export interface Inbox<Tx = never> {
  /**
   * Says whether a consumer sees a message for the first time, and marks it as seen, in the caller's own transaction:
   * the mark commits with what the caller writes, or not at all (rule O7). While another transaction that has
   * accepted the same message is open, it waits.
   *
   * @throws {TransactionError} `tx` is no open transaction of this store.
   */
  accept(messageId: string, tx: Tx, options: { readonly consumer: string }): MaybePromise<boolean>;
  /**
   * Stores messages for a worker to handle; for each, whether it is new. Without a transaction they are stored
   * together, at once. A message that was stored before, and is done or dead, is still known until it is purged.
   *
   * @throws {NotRegisteredError} the class of a message is not registered.
   * @throws {EncodeRefusedError} a message would not be read back as it is; the error names the field.
   * @throws {InboxRefusedError} a message cannot be stored: it is too large, or its id, name or key is longer than 500
   *   characters or has a NUL in it.
   */
  add(entries: readonly InboxEntry[], tx?: NoInfer<Tx>): MaybePromise<boolean[]>;
  /** Marks a stored message as done in the transaction of its effects; `false` when its bucket has changed hands. */
  finish(row: QueueRow, lease: Lease, tx: Tx): MaybePromise<boolean>;
  /** Names what may be stored. */
  readonly registry: MessageRegistry;
  /** What workers, and the people who look after them, work with. */
  readonly queue: QueueStore;
}
