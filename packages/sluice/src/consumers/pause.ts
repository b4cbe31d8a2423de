import { RetryLater } from "../brokers/retry-later.js";
import type { Logger } from "../handlers/logger.js";

/** Leaves messages in peace while their handlers cannot work: none of them is tried, and none is given up (rule C4). */
export class Pause {
  readonly #ms: number;
  readonly #group: string;
  readonly #logger: Logger;
  #until = 0;
  #isTold = false;

  constructor(ms: number, group: string, logger: Logger) {
    this.#ms = ms;
    this.#group = group;
    this.#logger = logger;
  }

  /** When a message that comes now is to come again; `undefined` where there is no pause. */
  get rest(): RetryLater | undefined {
    if (this.#until === 0) return undefined;
    const ms = this.#until - performance.now();
    return ms > 0 ? new RetryLater(ms, false) : undefined;
  }

  begin(error: unknown): RetryLater {
    this.#until = performance.now() + this.#ms;
    if (!this.#isTold) {
      this.#isTold = true;
      const what = `The circuit breaker of ${this.#group} is open: messages wait, and are tried each ${this.#ms} ms.`;
      this.#logger.warn({ group: this.#group, error }, what);
    }
    return new RetryLater(this.#ms, false);
  }

  end(): void {
    if (this.#until === 0) return;
    this.#until = 0;
    this.#isTold = false;
    this.#logger.info({ group: this.#group }, `${this.#group} goes on: its circuit breaker is closed.`);
  }
}
