import type { Logger } from "../handlers/logger.js";
import { NotRegisteredError } from "../messages/message-errors.js";

/** Leaves messages alone that nobody here has heard of, where that is wanted; it is said once for each name. */
export class Unregistered {
  readonly #isSkipped: boolean;
  readonly #group: string;
  readonly #logger: Logger;
  /** Names come from outside: what is remembered of them is bounded. */
  readonly #told = new Set<string>();

  constructor(choice: "dead-letter" | "skip" = "dead-letter", group: string, logger: Logger) {
    this.#isSkipped = choice === "skip";
    this.#group = group;
    this.#logger = logger;
  }

  skips(error: unknown): boolean {
    if (!(this.#isSkipped && error instanceof NotRegisteredError)) return false;
    const { messageName } = error;
    if (!this.#told.has(messageName) && this.#told.size < 1_000) {
      this.#told.add(messageName);
      const what = `${this.#group} leaves messages alone whose name it does not know: ${messageName}.`;
      this.#logger.info({ group: this.#group, name: messageName }, what);
    }
    return true;
  }
}
