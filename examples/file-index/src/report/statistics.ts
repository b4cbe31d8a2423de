import type { IndexedFile } from "../files/read-entry.js";

export interface TypeStatistics {
  readonly type: string;
  readonly files: number;
  readonly bytes: number;
}

/** Counts files and bytes by type. */
export class Statistics {
  readonly #byType = new Map<string, TypeStatistics>();

  add({ type, size }: IndexedFile): void {
    const { files, bytes } = this.#byType.get(type) ?? { files: 0, bytes: 0 };
    this.#byType.set(type, { type, files: files + 1, bytes: bytes + size });
  }

  /** Those with most bytes first. */
  types(): TypeStatistics[] {
    return [...this.#byType.values()].sort((a, b) => b.bytes - a.bytes);
  }
}
