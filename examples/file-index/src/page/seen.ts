import type { FileSight } from "../live/messages.js";
import { RateSeries } from "./rate-series.js";

/** Files with the same content. */
export interface Copies {
  readonly first: string;
  readonly size: number;
  readonly files: number;
}

/** Files that are shown of each kind, newest first; the others are in the index. */
export const mostShown = 100;
const mostCopies = 6;

export type Filter = "all" | "copies" | "unread";

/** What a run has shown so far. It takes the same memory after a million files as after a thousand. */
export class Seen {
  readonly count = { indexed: 0, skipped: 0, failed: 0 };
  bytes = 0;
  readonly types = new Map<string, { files: number; bytes: number }>();
  readonly copies = { files: 0, bytes: 0 };
  readonly rates = new RateSeries();
  /** Those that waste most, most first. */
  largestCopies: readonly Copies[] = [];
  readonly newest: Readonly<Record<Filter, FileSight[]>> = { all: [], copies: [], unread: [] };

  get files(): number {
    return this.count.indexed + this.count.skipped + this.count.failed;
  }

  add(sight: FileSight): void {
    const { file, copy } = sight;
    this.count[file.status] += 1;
    this.rates.add(performance.now());
    this.#keep("all", sight);
    if (file.status !== "indexed") return this.#keep("unread", sight);
    this.bytes += file.size;
    const type = this.types.get(file.type) ?? { files: 0, bytes: 0 };
    this.types.set(file.type, { files: type.files + 1, bytes: type.bytes + file.size });
    if (copy === undefined) return;
    this.copies.files += 1;
    this.copies.bytes += file.size;
    this.#keep("copies", sight);
    const others = this.largestCopies.filter(({ first }) => first !== copy.of);
    this.largestCopies = [...others, { first: copy.of, size: file.size, files: copy.files }]
      .sort((a, b) => wastedBy(b) - wastedBy(a))
      .slice(0, mostCopies);
  }

  /** Twice as many are kept as are shown, so that not every one of them moves all others. */
  #keep(kind: Filter, sight: FileSight): void {
    const kept = this.newest[kind];
    if (kept.push(sight) >= 2 * mostShown) kept.splice(0, mostShown);
  }
}

/** The bytes that all copies but one take. */
export function wastedBy({ size, files }: Copies): number {
  return size * (files - 1);
}
