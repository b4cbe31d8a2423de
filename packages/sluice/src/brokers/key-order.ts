import type { Delivery } from "./delivery.js";

/** Lets one message of each key go at a time, in the order in which they came. */
export class KeyOrder {
  readonly #last = new Map<string, Delivery>();

  /** Whether it may go at once; if not, {@link leave} of the one before it gives it. */
  enter(delivery: Delivery): boolean {
    const { key } = delivery;
    if (key === undefined) return true;
    const last = this.#last.get(key);
    this.#last.set(key, delivery);
    if (last === undefined) return true;
    last.next = delivery;
    return false;
  }

  /** Takes out one that went; gives the next of its key that still waits. */
  leave(delivery: Delivery): Delivery | undefined {
    const { key } = delivery;
    if (key === undefined) return undefined;
    let { next } = delivery;
    while (next?.state === "settled") next = next.next;
    if (next === undefined) this.#last.delete(key);
    return next;
  }
}
