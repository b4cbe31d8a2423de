/** How soon to look again when nothing was found: soon after somebody has added, then ever later. */
const firstMs = 1;

/** When to look for rows, by the clock of this process. */
export class LookTimes {
  readonly #pollMs: number;
  #nextAt = 0;
  #waitMs = firstMs;
  #isAsked = false;

  constructor(pollMs: number) {
    this.#pollMs = pollMs;
  }

  /** Milliseconds until the next look; none, or less, where it is due. */
  get inMs(): number {
    return this.#nextAt - performance.now();
  }

  /** Somebody has added rows, or knows of some. */
  ask(): void {
    this.#isAsked = true;
    this.#soon();
  }

  begin(): void {
    this.#isAsked = false;
  }

  /** Called after a look, with whether there is reason for another one, and in how many milliseconds there may be. */
  end(isMore: boolean, nextInMs: number): void {
    if (isMore || this.#isAsked) return this.#soon();
    this.#nextAt = performance.now() + Math.max(firstMs, Math.min(this.#waitMs, nextInMs));
    this.#waitMs = Math.min(this.#pollMs, this.#waitMs * 2);
  }

  #soon(): void {
    this.#nextAt = 0;
    this.#waitMs = firstMs;
  }
}
