/** Lets a loop wait for whatever comes first: its time, or somebody who says that something has changed. */
export class Change {
  #happened = false;
  #wake: (() => void) | undefined;

  /** Ends the wait; the next one, where nobody waits. */
  notify(): void {
    this.#happened = true;
    this.#wake?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#happened && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(ms, 2_147_483_647));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#happened = false;
  }
}
