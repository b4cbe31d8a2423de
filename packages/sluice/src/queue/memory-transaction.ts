import type { MemoryQueue } from "./memory-queue.js";
import { TransactionError } from "./queue-errors.js";

/** A transaction on queues in memory: what was written is there when it commits, or not at all. */
export class MemoryTransaction {
  readonly #queue: MemoryQueue;
  readonly #changes: (() => void)[] = [];
  #state: "open" | "committed" | "rolled back" = "open";

  constructor(queue: MemoryQueue) {
    this.#queue = queue;
  }

  /** What it has marked as seen, and nobody else sees yet. */
  readonly marks = new Set<string>();

  /**
   * Notes a change for the commit.
   * @throws {TransactionError} it is over, or belongs to another queue.
   */
  change(queue: MemoryQueue, change: () => void): void {
    this.#requireOpen();
    if (queue !== this.#queue)
      throw new TransactionError(
        "The transaction belongs to another queue in memory. Take one of this queue's own.",
      );
    this.#changes.push(change);
  }

  commit(): void {
    this.#requireOpen();
    this.#state = "committed";
    for (const change of this.#changes) change();
    this.#queue.wakeUp.committed();
  }

  rollback(): void {
    this.#requireOpen();
    this.#state = "rolled back";
  }

  #requireOpen(): void {
    if (this.#state === "open") return;
    throw new TransactionError(
      `The transaction was ${this.#state} before; what is written now would be lost. Begin another.`,
    );
  }
}
