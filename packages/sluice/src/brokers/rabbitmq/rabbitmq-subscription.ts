import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { reasonOf } from "../../errors/reason.js";
import { backoff } from "../../resilience/backoff.js";
import { Deliveries } from "../deliveries.js";
import { BrokerUnavailableError } from "../publish-errors.js";
import type { Subscription } from "../subscribe-options.js";
import { ConsumerSession, type SessionOptions } from "./consumer-session.js";
import { waitFor } from "./wait-for.js";

const pause = { baseMs: 100, maxMs: 5_000 };

interface SubscriptionOptions extends Omit<SessionOptions, "deliveries"> {
  /** How long `start()` waits for the server. */
  readonly timeoutMs: number;
  readonly onClose: () => void;
}

/** Consumes a queue for each topic, on one channel, and on the next one when that is lost. */
export class RabbitMQSubscription implements Subscription {
  readonly #options: SubscriptionOptions & SessionOptions;
  readonly #closing = new AbortController();
  #session: ConsumerSession | undefined;
  #running: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SubscriptionOptions) {
    const { settings, logger, sendLater } = options;
    const { prefetch, topics } = settings;
    if (prefetch < topics.length)
      throw new InvalidOptionError(
        "subscribe prefetch",
        prefetch,
        `a whole number from ${topics.length} up: RabbitMQ counts for each topic's queue by itself`,
      );
    const deliveries = new Deliveries(settings, { logger, canDelay: sendLater !== undefined });
    this.#options = { ...options, deliveries };
  }

  /** Resolves when the server gives it messages. */
  async start(): Promise<void> {
    const { timeoutMs, link } = this.#options;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeoutMs);
    let problem: unknown;
    const onProblem = (error: unknown) => {
      problem = error;
      return !(error instanceof BrokerUnavailableError);
    };
    try {
      this.#session = await this.#connect(AbortSignal.any([late.signal, this.#closing.signal]), onProblem);
    } catch (error) {
      if (!late.signal.aborted) throw error;
      problem ??= link.lastError;
      const why = problem === undefined ? "" : `: ${reasonOf(problem)}`;
      const what = `${link.where} gave no queue within publishTimeoutMs (${timeoutMs} ms)${why}`;
      throw new BrokerUnavailableError(what, { cause: problem });
    } finally {
      clearTimeout(timer);
    }
    this.#running = this.#goOn(this.#session);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#session?.cancel();
    await this.#options.deliveries.close();
    await this.#session?.end();
    await this.#running;
    this.#options.onClose();
  }

  async #goOn(first: ConsumerSession): Promise<void> {
    const { logger, settings, link } = this.#options;
    const { topics } = settings;
    const { signal } = this.#closing;
    for (let session: ConsumerSession | undefined = first; session !== undefined; ) {
      await session.ended;
      if (signal.aborted) return;
      const why = link.lastError === undefined ? "the channel was closed" : reasonOf(link.lastError);
      logger.warn({ topics, error: link.lastError }, `A subscriber of ${topics} lost ${link.where}: ${why}.`);
      session = await this.#connect(signal, (error) => {
        const what = `A subscriber of ${topics} cannot go on yet: ${reasonOf(error)}`;
        logger.warn({ topics, error }, what);
        return true;
      }).catch(() => undefined);
      this.#session = session;
      if (session !== undefined) logger.info({ topics }, `A subscriber of ${topics} goes on.`);
      if (signal.aborted) return session?.end();
    }
  }

  /** Until it succeeds, the signal aborts, or `onProblem` says that another try is for nothing. */
  async #connect(signal: AbortSignal, onProblem: (error: unknown) => boolean): Promise<ConsumerSession> {
    for (let failures = 1; ; failures++) {
      try {
        return await ConsumerSession.open(this.#options, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!onProblem(error)) throw error;
        await waitFor(backoff(failures, pause), signal);
        signal.throwIfAborted();
      }
    }
  }
}
