import type { Dispatch } from "./dispatch.js";

/**
 * The dispatches under way, as a linked list: entering and leaving is a few assignments, where a Set would cost as
 * much as the rest of a `send`.
 */
export class DispatchList {
  #head: Dispatch | undefined;
  #onEmpty: (() => void) | undefined;

  add(dispatch: Dispatch): void {
    dispatch.listed = true;
    dispatch.next = this.#head;
    if (this.#head !== undefined) this.#head.previous = dispatch;
    this.#head = dispatch;
  }

  delete(dispatch: Dispatch): void {
    const { previous, next } = dispatch;
    dispatch.listed = false;
    if (previous === undefined) this.#head = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    if (this.#head === undefined) this.#onEmpty?.();
  }

  /** Resolves when nothing is under way. */
  empty(): Promise<void> {
    if (this.#head === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  *[Symbol.iterator](): Generator<Dispatch> {
    for (let dispatch = this.#head; dispatch !== undefined; dispatch = dispatch.next) yield dispatch;
  }
}
