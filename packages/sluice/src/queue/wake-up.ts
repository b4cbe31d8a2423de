/** Tells workers that there may be rows for them: those with the same outbox or inbox object, in this thread. */
export class WakeUp {
  readonly #listeners = new Set<(isCommitted: boolean) => void>();

  /** Calls back on each of the two below; gives what stops it. */
  subscribe(listener: (isCommitted: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Rows were written, in a transaction that will be over soon. */
  added(): void {
    for (const listener of this.#listeners) listener(false);
  }

  /** Rows were committed. */
  committed(): void {
    for (const listener of this.#listeners) listener(true);
  }
}
