/** Restarts a server once for several that use it, when all have asked for it or have left. */
export class SharedRestart {
  readonly #restart: () => Promise<void>;
  readonly #done = Promise.withResolvers<void>();
  #missing: number;
  #isWanted = false;

  constructor(restart: () => Promise<void>, members: number) {
    this.#restart = restart;
    this.#missing = members;
  }

  /** One of those that use it: it asks once. */
  member(): { readonly restart: () => Promise<void>; readonly leave: () => void } {
    let isHere = false;
    const come = () => {
      if (isHere) return;
      isHere = true;
      if (--this.#missing === 0 && this.#isWanted)
        this.#restart().then(this.#done.resolve, this.#done.reject);
    };
    const restart = () => {
      this.#isWanted = true;
      come();
      return this.#done.promise;
    };
    return { restart, leave: come };
  }
}
