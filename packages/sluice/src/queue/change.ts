/** Lets a loop wait for whatever comes first: its time, or somebody who says that something has changed. */
export class Change {
  #happened = false;
  #wake: (() => void) | undefined;

  /** Ends the wait; the next one, where nobody waits. */
  notify(): void {
    this.#happened = true;
    this.#wake?.();
  }

  /** Gives whether the time has run out. */
  async wait(ms: number): Promise<boolean> {
    let isOut = false;
    if (!this.#happened && ms > 0) {
      isOut = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), Math.min(ms, 2_147_483_647));
        this.#wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
      });
      this.#wake = undefined;
    }
    this.#happened = false;
    return isOut;
  }
}
