import type { IndexedFile } from "../files/read-entry.js";

/** Files with the same content. */
export interface Copies {
  readonly size: number;
  readonly paths: readonly string[];
}

/** Finds files with the same content, by their hash. Empty files are nobody's copy. */
export class Duplicates {
  readonly #bySha256 = new Map<string, { size: number; paths: string[] }>();

  add({ path, sha256, size }: IndexedFile): void {
    if (size === 0) return;
    const same = this.#bySha256.get(sha256);
    if (same) same.paths.push(path);
    else this.#bySha256.set(sha256, { size, paths: [path] });
  }

  /** The files with the same content as this one, itself among them. */
  of({ sha256 }: IndexedFile): Copies | undefined {
    return this.#bySha256.get(sha256);
  }

  /** Those that waste most first. */
  found(): Copies[] {
    return [...this.#bySha256.values()]
      .filter(({ paths }) => paths.length > 1)
      .sort((a, b) => wastedBy(b) - wastedBy(a));
  }
}

/** The bytes that all copies but one take. */
export function wastedBy({ size, paths }: Copies): number {
  return size * (paths.length - 1);
}
