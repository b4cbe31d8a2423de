/** What consumers have seen, in its order, each since when; the oldest are forgotten in the end (rule O6). */
export class MemoryMarks {
  readonly #markedAt = new Map<string, number>();

  has(mark: string): boolean {
    return this.#markedAt.has(mark);
  }

  add(mark: string): void {
    if (!this.has(mark)) this.#markedAt.set(mark, Date.now());
  }

  /** Forgets the oldest marks, up to so many; how many those were. */
  purge(olderThanMs: number, limit: number): number {
    const old = this.#old(olderThanMs).slice(0, limit);
    for (const mark of old) this.#markedAt.delete(mark);
    return old.length;
  }

  countPurgeable(olderThanMs: number): number {
    return this.#old(olderThanMs).length;
  }

  #old(olderThanMs: number): string[] {
    const before = Date.now() - olderThanMs;
    return [...this.#markedAt].filter(([, markedAt]) => markedAt <= before).map(([mark]) => mark);
  }
}
