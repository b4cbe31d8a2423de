import { describe } from "../errors/describe.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import { MemoryQueue } from "../queue/memory-queue.js";
import { MemoryTransaction } from "../queue/memory-transaction.js";
import { TransactionError } from "../queue/queue-errors.js";
import type { QueueRow } from "../queue/queue-row.js";
import type { Lease } from "../queue/queue-store.js";
import type { Inbox, InboxEntry } from "./inbox.js";
import {
  type InboxOptions,
  type InboxSettings,
  inboxSettings,
  requireConsumer,
  rowsOfEntries,
} from "./rows-of-entries.js";

/**
 * An inbox within the process, for tests and for trying things out: as strict as one in a database, and gone with the
 * process. One transaction that has accepted a message holds up no other; both would have their effects.
 *
 * @throws {InvalidOptionError} an option is out of range.
 *
 * @example
 * ```ts
 * import { MemoryInbox } from "sluice/inbox";
 * import { MessageRegistry } from "sluice/messages";
 *
 * const inbox = new MemoryInbox({ registry: new MessageRegistry() });
 * for (let delivery = 1; delivery <= 2; delivery++) {
 *   const tx = inbox.begin();
 *   console.log(inbox.accept("m-1", tx, { consumer: "billing" }));
 *   tx.commit();
 * }
 * ```
 * ```console
 * true
 * false
 * ```
 */
export class MemoryInbox implements Inbox<MemoryTransaction> {
  readonly registry: MessageRegistry;
  readonly queue = new MemoryQueue({ keepsDone: true });
  readonly #settings: InboxSettings;

  constructor(options: InboxOptions) {
    this.#settings = inboxSettings("MemoryInbox", options);
    this.registry = options.registry;
  }

  /** Begins a transaction, which stands for one of a database. */
  begin(): MemoryTransaction {
    return new MemoryTransaction(this.queue);
  }

  accept(messageId: string, tx: MemoryTransaction, { consumer }: { readonly consumer: string }): boolean {
    requireTransaction(tx);
    requireConsumer(messageId, consumer);
    const { marks } = this.queue;
    const mark = JSON.stringify([consumer, messageId]);
    if (marks.has(mark) || tx.marks.has(mark)) return false;
    tx.marks.add(mark);
    tx.change(this.queue, () => marks.has(mark) || marks.set(mark, Date.now()));
    return true;
  }

  add(entries: readonly InboxEntry[], given?: MemoryTransaction): boolean[] {
    const tx = given ?? this.begin();
    requireTransaction(tx);
    const known = new Set([...this.queue.table.values()].map(({ messageId }) => messageId));
    const rows = rowsOfEntries(entries, this.#settings);
    const news = rows.map(({ messageId }) => {
      const isNew = !known.has(messageId);
      known.add(messageId);
      return isNew;
    });
    const newRows = rows.filter((_, n) => news[n]);
    tx.change(this.queue, () => this.queue.insert(newRows));
    if (given === undefined) tx.commit();
    return news;
  }

  finish({ id }: QueueRow, lease: Lease, tx: MemoryTransaction): boolean {
    requireTransaction(tx);
    if (!this.queue.leases.isHeld(lease)) return false;
    tx.change(this.queue, () => this.queue.rows.markDone(id));
    return true;
  }
}

function requireTransaction(tx: unknown): asserts tx is MemoryTransaction {
  if (!(tx instanceof MemoryTransaction))
    throw new TransactionError(
      `The inbox got ${describe(tx)} for its transaction; expected one of inbox.begin().`,
    );
}
