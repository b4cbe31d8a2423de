/** Counts the handlers that ran, and how many did so at the same moment. */
export class HandlerGauge {
  handled = 0;
  peak = 0;
  #running = 0;

  /** Runs a handler, and counts it. */
  async count<T>(handler: () => Promise<T>): Promise<T> {
    this.#running += 1;
    this.peak = Math.max(this.peak, this.#running);
    try {
      return await handler();
    } finally {
      this.#running -= 1;
      this.handled += 1;
    }
  }
}
