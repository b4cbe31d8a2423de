import { describe } from "../errors/describe.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import type { NotificationEvent } from "../messages/notification-event.js";
import { MemoryQueue } from "../queue/memory-queue.js";
import { MemoryTransaction } from "../queue/memory-transaction.js";
import { TransactionError } from "../queue/queue-errors.js";
import type { AddOptions, Outbox } from "./outbox.js";
import { type OutboxOptions, type OutboxSettings, outboxSettings, rowsOfEvents } from "./rows-of-events.js";

/**
 * An outbox within the process, for tests and for trying things out: as strict as one in a database, and gone with the
 * process.
 *
 *
 * @example
 * ```ts
 * import { NotificationEvent } from "sluice";
 * import { MessageRegistry } from "sluice/messages";
 * import { MemoryOutbox } from "sluice/outbox";
 *
 * class OrderPlaced extends NotificationEvent<{ orderId: string }> {}
 *
 * const outbox = new MemoryOutbox({ registry: new MessageRegistry().register("order.placed", OrderPlaced) });
 * const tx = outbox.begin();
 * outbox.add(new OrderPlaced({ eventName: "order.placed", topic: "orders", payload: { orderId: "o-1" } }), tx);
 * tx.rollback();
 * console.log((await outbox.queue.desk.stats()).pending);
 * ```
 * ```console
 * 0
 * ```
 */
export class MemoryOutbox implements Outbox<MemoryTransaction, void> {
  readonly registry: MessageRegistry;
  readonly queue: MemoryQueue;
  readonly #settings: OutboxSettings;

  constructor(options: OutboxOptions) {
    this.#settings = outboxSettings("MemoryOutbox", options);
    this.registry = options.registry;
    this.queue = new MemoryQueue({ keepsDone: this.#settings.keepDone });
  }

  /** Begins a transaction, which stands for one of a database. */
  begin(): MemoryTransaction {
    return new MemoryTransaction(this.queue);
  }

  add(
    events: NotificationEvent | readonly NotificationEvent[],
    tx: MemoryTransaction,
    options?: AddOptions,
  ): void {
    if (!(tx instanceof MemoryTransaction))
      throw new TransactionError(
        `outbox.add got ${describe(tx)} for its transaction; expected one of outbox.begin().`,
      );
    const rows = rowsOfEvents(events, this.#settings, options);
    tx.change(this.queue, () => this.queue.insert(rows));
    this.queue.wakeUp.added();
  }

  committed(): void {
    this.queue.wakeUp.committed();
  }
}
