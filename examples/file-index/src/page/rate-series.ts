const mostPoints = 240;

/**
 * How many items came in each stretch of time. A run that lasts longer has longer stretches, never more of them.
 */
export class RateSeries {
  /** How long a stretch is, in milliseconds. */
  everyMs = 250;
  readonly #startedAt = performance.now();
  readonly #counts: number[] = [];
  /** The most in a second. */
  peak = 0;

  add(now: number): void {
    this.#reach(now);
    const last = this.#counts.length - 1;
    this.#counts[last] = (this.#counts[last] ?? 0) + 1;
  }

  /** Seconds since the start, and items per second, of each stretch that is over. */
  points(now: number): [seconds: number[], rates: number[]] {
    this.#reach(now);
    const rates = this.#counts.slice(0, -1).map((count) => (count / this.everyMs) * 1000);
    this.peak = Math.max(this.peak, ...rates);
    return [rates.map((_, i) => ((i + 1) * this.everyMs) / 1000), rates];
  }

  /** Goes on to the stretch that this moment is in. */
  #reach(now: number): void {
    let index = Math.floor((now - this.#startedAt) / this.everyMs);
    while (index >= mostPoints) {
      for (let i = 0; i < this.#counts.length; i += 2) {
        this.#counts[i / 2] = (this.#counts[i] ?? 0) + (this.#counts[i + 1] ?? 0);
      }
      this.#counts.length = Math.ceil(this.#counts.length / 2);
      this.everyMs *= 2;
      index = Math.floor((now - this.#startedAt) / this.everyMs);
    }
    while (this.#counts.length <= index) this.#counts.push(0);
  }
}
