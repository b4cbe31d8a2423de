import type { WireReceivedMessage } from "../received-message.js";

/** A message at its place in the order of publishing. */
export interface BacklogEntry {
  readonly place: number;
  readonly message: WireReceivedMessage;
}

/** What no member of a group has, in the order of publishing. */
export class MemoryBacklog {
  #entries: BacklogEntry[] = [];
  /** Where it begins: taking from the front of a long array moves all of it. */
  #first = 0;

  add(entry: BacklogEntry): void {
    this.#entries.push(entry);
  }

  /** Puts one back to its place. */
  putBack(entry: BacklogEntry): void {
    const after = this.#entries.findIndex(({ place }, index) => index >= this.#first && place > entry.place);
    this.#entries.splice(after < 0 ? this.#entries.length : after, 0, entry);
  }

  /** Takes out the first one that `take` takes; whether there was one. */
  takeFirst(take: (entry: BacklogEntry) => boolean): boolean {
    for (let index = this.#first; index < this.#entries.length; index++) {
      const entry = this.#entries[index] as BacklogEntry;
      if (!take(entry)) continue;
      if (index > this.#first) this.#entries.splice(index, 1);
      else if (++this.#first > 1_000) {
        this.#entries = this.#entries.slice(this.#first);
        this.#first = 0;
      }
      return true;
    }
    return false;
  }
}
