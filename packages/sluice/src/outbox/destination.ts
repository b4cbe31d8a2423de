import type { Logger } from "../handlers/logger.js";
import { backoff } from "../resilience/backoff.js";

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** A destination that has taken something so recently is taken to be at work; tries take longer, unless they are few. */
const recentMs = 60_000;

/** How many rows that failed are remembered; those that are forgotten count as failing for the first time. */
const mostRows = 10_000;

/**
 * Where the messages of one topic go: whether it takes any, and whether a failure is its fault or the message's (rule O4).
 *
 * It is the circuit breaker of that topic. It is closed as long as the topic takes something. It opens when the topic
 * takes nothing, and the topic is left alone for 250 to 500 ms, for twice as long each further time, for 30 s at most.
 * Then it is half open: the first messages of two keys are tried, each alone. When one is taken it closes, else it opens
 * again.
 */
export class Destination {
  readonly #topic: string;
  readonly #logger: Logger;
  /** How many messages it has taken. */
  #taken = 0;
  /** By row, how many it had taken when the row failed first. */
  readonly #takenAtFailure = new Map<number, number>();
  #lastTakenAt = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  #pausedUntil = 0;

  constructor(topic: string, logger: Logger) {
    this.#topic = topic;
    this.#logger = logger;
  }

  /** Whether the breaker is open. */
  get isPaused(): boolean {
    return performance.now() < this.#pausedUntil;
  }

  get pausedForMs(): number {
    return this.#pausedUntil - performance.now();
  }

  /** Whether it has taken something a moment ago. */
  get isAtWork(): boolean {
    return performance.now() - this.#lastTakenAt < recentMs;
  }

  /** Whether nothing was taken since the breaker opened: when the pause is over, it is half open. */
  get isSuspect(): boolean {
    return this.#refusals > 0;
  }

  took(rowIds: readonly number[]): void {
    if (rowIds.length === 0) return;
    if (this.isSuspect) this.#logger.info({ topic: this.#topic }, `${this.#topic} takes messages again.`);
    this.#taken += rowIds.length;
    this.#lastTakenAt = performance.now();
    this.#refusals = 0;
    for (const id of rowIds) this.#takenAtFailure.delete(id);
  }

  /** Whether the row alone is at fault: the destination has taken others a moment ago, or since the row failed first. */
  blames(rowId: number): boolean {
    const taken = this.#takenAtFailure.get(rowId);
    if (taken === undefined) {
      // Rows that became dead letters, or went to another relay, are never told of again.
      if (this.#takenAtFailure.size >= mostRows) this.#takenAtFailure.clear();
      this.#takenAtFailure.set(rowId, this.#taken);
    }
    return this.isAtWork || (taken !== undefined && taken < this.#taken);
  }

  /** Opens the breaker: the topic takes nothing, and is left alone for a while, each time for longer. */
  pause(error: unknown): void {
    this.#refusals++;
    const ms = backoff(this.#refusals, { baseMs: firstPauseMs, maxMs: longestPauseMs });
    this.#pausedUntil = performance.now() + ms;
    const what = `${this.#topic} takes no messages; it is left alone for ${ms} ms.`;
    this.#logger[this.#refusals === 1 ? "error" : "debug"]({ topic: this.#topic, error, ms }, what);
  }
}
