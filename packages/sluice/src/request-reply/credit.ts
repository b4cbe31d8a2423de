/** How many items may still be sent: whoever receives them grants more when it has taken some. */
export class Credit {
  #left: number;
  #more: PromiseWithResolvers<void> | undefined;

  constructor(left: number) {
    this.#left = left;
  }

  /** Takes one; where there is none, waits for it, and rejects when the signal aborts. */
  async take(signal: AbortSignal): Promise<void> {
    while (this.#left === 0) {
      this.#more ??= Promise.withResolvers();
      const { promise, reject } = this.#more;
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      await promise.finally(() => signal.removeEventListener("abort", onAbort));
    }
    this.#left--;
  }

  grant(count: number): void {
    this.#left += count;
    this.#more?.resolve();
    this.#more = undefined;
  }
}
