import type { DeadLetterEntry } from "../../brokers/dead-letter-queue.js";
import { replayDeadLetter } from "../../consumers/replay.js";
import type { ErrorCode } from "../../errors/codes.js";
import { SluiceError } from "../../errors/sluice-error.js";
import type { OpenDeadLetters } from "../open-dead-letters.js";
import type { ChangeVerb } from "../output/report-change.js";
import type { Terminal } from "../output/terminal.js";
import { type DeadLetterFilter, fits, pageSize } from "./dead-letter-entries.js";

/** What was there to be changed when it began. */
export interface Chosen {
  readonly matched: number;
  readonly lastId: string | undefined;
}

/** How long one replay may take: a broker that is down is not waited for without end. */
const replayMs = 30_000;

/** It is this dead letter that cannot be replayed; others may. */
const blamesOne: readonly ErrorCode[] = ["SLUICE_MESSAGE_REFUSED", "SLUICE_INVALID_OPTION"];

/** Replays or discards dead letters, and counts. */
export class DeadLetterChange {
  readonly #verb: ChangeVerb;
  readonly #opened: OpenDeadLetters;
  readonly #terminal: Terminal;
  changed = 0;
  refused = 0;

  constructor(verb: ChangeVerb, opened: OpenDeadLetters, terminal: Terminal) {
    this.#verb = verb;
    this.#opened = opened;
    this.#terminal = terminal;
  }

  /** Changes those that were chosen, the oldest first. One that it fails on stays, and so do those behind it. */
  async all(filter: DeadLetterFilter, { matched, lastId }: Chosen): Promise<void> {
    // Behind one that stays: a broker need not know the place of one that is gone.
    let after: string | undefined;
    for (let left = matched; left > 0; ) {
      const page = await this.#opened.queue.list({ after, limit: pageSize });
      for (const entry of page) {
        const isMeant = fits(entry, filter);
        const isGone = isMeant && (await this.#change(entry));
        if (!isGone) after = entry.id;
        if (isMeant && (--left === 0 || entry.id === lastId)) return;
      }
      if (page.length < pageSize) return;
    }
  }

  /** Whether it is gone: a dead letter that itself is at fault stays, and says why. */
  async #change(entry: DeadLetterEntry): Promise<boolean> {
    try {
      if (await this.#apply(entry)) this.changed++;
      return true;
    } catch (error) {
      const isAtFault = error instanceof SluiceError && blamesOne.includes(error.code);
      const why = isAtFault ? ` ${error.message} (${error.code})` : "";
      this.#terminal.say(`Could not ${this.#verb} the dead letter ${entry.id}.${why}`);
      if (!isAtFault) throw error;
      this.refused++;
      return false;
    }
  }

  async #apply(entry: DeadLetterEntry): Promise<boolean> {
    const { broker, queue } = this.#opened;
    if (this.#verb === "discard") return queue.remove(entry.id);
    await replayDeadLetter(broker, queue, entry, AbortSignal.timeout(replayMs));
    return true;
  }
}
