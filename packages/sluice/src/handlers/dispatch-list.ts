import type { Dispatch } from "./dispatch.js";

/**
 * The dispatches under way. Each knows its place, and the last takes the place of one that leaves: a Set would cost
 * as much as the rest of a `send`.
 */
export class DispatchList {
  readonly #dispatches: Dispatch[] = [];
  #onEmpty: (() => void) | undefined = undefined;

  add(dispatch: Dispatch): void {
    dispatch.place = this.#dispatches.push(dispatch) - 1;
  }

  delete(dispatch: Dispatch): void {
    const { place } = dispatch;
    if (place < 0) return;
    const last = this.#dispatches.pop() as Dispatch;
    if (last !== dispatch) {
      this.#dispatches[place] = last;
      last.place = place;
    }
    dispatch.place = -1;
    if (this.#dispatches.length === 0) this.#onEmpty?.();
  }

  /** Resolves when nothing is under way. */
  empty(): Promise<void> {
    if (this.#dispatches.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  toArray(): Dispatch[] {
    return [...this.#dispatches];
  }
}
