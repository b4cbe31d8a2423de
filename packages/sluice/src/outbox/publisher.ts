import { BrokerClosedError } from "../brokers/broker-closed-error.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import {
  BrokerUnavailableError,
  MessageRefusedError,
  PublishFailedError,
} from "../brokers/publish-errors.js";
import type { Logger } from "../handlers/logger.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import type { Deliverer, Delivery, FailedRow } from "../queue/deliverer.js";
import type { QueueRow } from "../queue/queue-row.js";
import type { Lease } from "../queue/queue-store.js";
import { Destination } from "./destination.js";
import { RelayedMessage } from "./relayed-message.js";
import { headsOf, keysOf, withoutKeysOf } from "./rows-by-key.js";

/** Publishes rows, each topic for itself, and finds out which message, or whether the topic, is at fault (rule O4). */
export class Publisher implements Deliverer {
  readonly #broker: MessageBroker;
  readonly #registry: MessageRegistry;
  readonly #logger: Logger;
  readonly #destinations = new Map<string, Destination>();

  constructor(broker: MessageBroker, registry: MessageRegistry, logger: Logger) {
    this.#broker = broker;
    this.#registry = registry;
    this.#logger = logger;
  }

  paused(): { topics: string[]; nextInMs: number } {
    const topics: string[] = [];
    let nextInMs = Number.POSITIVE_INFINITY;
    for (const [topic, destination] of this.#destinations) {
      if (!destination.isPaused) continue;
      topics.push(topic);
      nextInMs = Math.min(nextInMs, destination.pausedForMs);
    }
    return { topics, nextInMs };
  }

  async deliver(rows: readonly QueueRow[], _: readonly Lease[], signal: AbortSignal): Promise<Delivery> {
    const byTopic = Map.groupBy(rows, ({ topic }) => topic);
    const attempts = [...byTopic].map(([topic, group]) =>
      new Attempt(this.#destination(topic), this, signal).run(group),
    );
    const deliveries = await Promise.all(attempts);
    return {
      done: deliveries.flatMap(({ done }) => done),
      failed: deliveries.flatMap(({ failed }) => failed),
    };
  }

  #destination(topic: string): Destination {
    let destination = this.#destinations.get(topic);
    if (destination === undefined) {
      destination = new Destination(topic, this.#logger);
      this.#destinations.set(topic, destination);
    }
    return destination;
  }

  /** Hands rows to the broker; gives the error with which that failed, as it is. */
  async send(
    rows: readonly QueueRow[],
    signal: AbortSignal,
  ): Promise<{ readonly error: unknown } | undefined> {
    const messages = rows.map((row) => new RelayedMessage(row, this.#registry));
    try {
      await this.#broker.publish(messages, { signal });
      return undefined;
    } catch (error) {
      return { error };
    }
  }
}

/** One try to bring rows of one topic to the broker. */
class Attempt {
  readonly #destination: Destination;
  readonly #publisher: Publisher;
  readonly #signal: AbortSignal;
  readonly #done: QueueRow[] = [];
  readonly #failed: FailedRow[] = [];
  #isOver = false;

  constructor(destination: Destination, publisher: Publisher, signal: AbortSignal) {
    this.#destination = destination;
    this.#publisher = publisher;
    this.#signal = signal;
  }

  async run(rows: readonly QueueRow[]): Promise<Delivery> {
    if (!this.#destination.isPaused) {
      if (this.#destination.isSuspect) await this.#probe(rows);
      else await this.#publish(rows);
    }
    return { done: this.#done, failed: this.#failed };
  }

  async #publish(rows: readonly QueueRow[]): Promise<void> {
    const failure = await this.#send(rows);
    if (failure === undefined) return;
    if (rows.length === 1) return this.#fail(rows[0] as QueueRow, failure.error);
    await this.#probe(rows);
  }

  /**
   * Tries the first rows of two keys, each alone, rather those that have not failed before: when none is taken, the destination is at fault, and is left alone;
   * else the rest is worth the search.
   */
  async #probe(rows: readonly QueueRow[]): Promise<void> {
    const heads = headsOf(rows, rows.length)
      .sort((a, b) => Number(a.attempts > 0) - Number(b.attempts > 0))
      .slice(0, 2);
    const failedBefore = this.#failed.length;
    await Promise.all(heads.map((row) => this.#search([row])));
    if (this.#isOver) return;
    const failed = this.#failed.slice(failedBefore);
    const refusesAll =
      failed.length === heads.length && !failed.some(({ error }) => error instanceof MessageRefusedError);
    const isTelling = heads.length > 1 && !(haveFailed(heads) && this.#destination.isAtWork);
    if (refusesAll && (isTelling || this.#destination.isSuspect)) return this.#pause(failed[0]?.error);
    const failedHeads = failed.map(({ row }) => row);
    const rest = rows.filter((row) => !heads.includes(row));
    await this.#search(withoutKeysOf(failedHeads, rest));
  }

  /** Publishes rows, halves what fails by keys, and goes row by row through a single key. */
  async #search(rows: readonly QueueRow[]): Promise<void> {
    if (rows.length === 0 || this.#isOver) return;
    const failure = await this.#send(rows);
    if (failure === undefined || this.#isOver) return;
    const [first, ...rest] = rows as [QueueRow, ...QueueRow[]];
    if (rest.length === 0) return this.#fail(first, failure.error);
    const keys = keysOf(rows);
    if (keys.length > 1) {
      const left = new Set(keys.slice(0, keys.length / 2));
      const halves = [true, false].map((isLeft) =>
        rows.filter(({ keyHash }) => left.has(keyHash) === isLeft),
      );
      await Promise.all(halves.map((half) => this.#search(half)));
      return;
    }
    const failedBefore = this.#failed.length;
    await this.#search([first]);
    if (this.#failed.length === failedBefore) await this.#search(rest);
  }

  /** Gives the error where it is not known which of the rows it means. */
  async #send(rows: readonly QueueRow[]): Promise<{ readonly error: unknown } | undefined> {
    const failure = await this.#publisher.send(rows, this.#signal);
    if (failure === undefined) {
      this.#take(rows);
      return undefined;
    }
    const { error } = failure;
    if (this.#signal.aborted) {
      this.#isOver = true;
      return undefined;
    }
    if (error instanceof BrokerUnavailableError || error instanceof BrokerClosedError) {
      this.#pause(error);
      return undefined;
    }
    const failures = namedBy(error, rows);
    if (failures === undefined) return failure;
    // Registered first, so that what was taken beside it counts as taken since.
    const heads = headsOf(
      rows.filter((row) => failures.has(row.messageId)),
      rows.length,
    );
    for (const row of heads) this.#fail(row, failures.get(row.messageId));
    this.#take(rows.filter((row) => !failures.has(row.messageId)));
    return undefined;
  }

  #take(rows: readonly QueueRow[]): void {
    this.#done.push(...rows);
    this.#destination.took(rows.map(({ id }) => id));
  }

  #fail(row: QueueRow, error: unknown): void {
    const isBlamed = this.#destination.blames(row.id);
    const isFinal = error instanceof MessageRefusedError;
    this.#failed.push({ row, error, blame: isFinal ? "final" : isBlamed ? "message" : "destination" });
  }

  #pause(error: unknown): void {
    if (!this.#isOver) this.#destination.pause(error);
    this.#isOver = true;
  }
}

/** Whether all of them were refused before: then it tells little of their destination that they are again. */
function haveFailed(rows: readonly QueueRow[]): boolean {
  return rows.every(({ attempts }) => attempts > 0);
}

/** What an error says of single messages; `undefined` where it says nothing of these. */
function namedBy(error: unknown, rows: readonly QueueRow[]): ReadonlyMap<string, unknown> | undefined {
  if (!(error instanceof PublishFailedError)) return undefined;
  const named = rows.filter(({ messageId }) => error.failures.has(messageId));
  if (named.length === 0) return undefined;
  // Whoever refuses every key may be down, and each message innocent, unless all of them have failed before.
  const isAll = named.length === rows.length && keysOf(rows).length > 1;
  const isFinal = named.some(({ messageId }) => error.failures.get(messageId) instanceof MessageRefusedError);
  return isAll && !isFinal && !haveFailed(rows) ? undefined : error.failures;
}
