/**
 * The keys with a row that waits for its next try: later rows of such a key wait too, so that their order stays.
 * Whoever holds a bucket is the only one to make its rows wait, so the worker knows them all.
 */
export class WaitingKeys {
  readonly #dueAt = new Map<number, number>();

  wait(keyHash: number, ms: number): void {
    const at = performance.now() + ms;
    this.#dueAt.set(keyHash, Math.max(at, this.#dueAt.get(keyHash) ?? 0));
  }

  /** The keys that still wait; forgets those whose time has come. */
  now(): number[] {
    const now = performance.now();
    const waiting: number[] = [];
    for (const [keyHash, at] of this.#dueAt) {
      if (at > now) waiting.push(keyHash);
      else this.#dueAt.delete(keyHash);
    }
    return waiting;
  }

  /** Milliseconds until the first of them is due; infinite without one. */
  nextInMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const at of this.#dueAt.values()) next = Math.min(next, at);
    return next - performance.now();
  }
}
