/**
 * Knows which connections of a pool have not answered since one of them was asked in vain. They are as dead, most likely,
 * and are not to be tried one after another, for as long each.
 */
export class SilentConnections {
  /** When each answered last; of one that is new, or was never lent here, nothing is known. */
  readonly #heard = new WeakMap<object, number>();
  #silentSince = Number.NEGATIVE_INFINITY;

  hear(connection: object): void {
    this.#heard.set(connection, performance.now());
  }

  /** One that was asked at that moment has not answered in time. */
  miss(askedAt: number): void {
    this.#silentSince = Math.max(this.#silentSince, askedAt);
  }

  has(connection: object): boolean {
    return (this.#heard.get(connection) ?? Number.POSITIVE_INFINITY) < this.#silentSince;
  }
}
