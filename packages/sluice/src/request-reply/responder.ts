/// <reference lib="esnext.disposable" preserve="true" />
import { metadataOf } from "../brokers/metadata-of.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { RetryLater } from "../brokers/retry-later.js";
import type { Subscription } from "../brokers/subscribe-options.js";
import { decodeReceived } from "../consumers/decode-received.js";
import { RetryPolicy } from "../consumers/retry-policy.js";
import { isRequest, type Request } from "../messages/request.js";
import { OpenRequest } from "./open-request.js";
import { controlKindOf, controlTopicOf, countIn, requestHeaders } from "./protocol.js";
import { requestProblem } from "./request-problem.js";
import { aliveMs } from "./requester.js";
import { respond } from "./respond.js";
import type { ResponderSettings } from "./start-responder.js";

/** A requester that was not heard of for so long is lost. */
const lostMs = 3 * aliveMs;
const mostCredit = 10_000;
const mostCancelled = 10_000;
const retries = new RetryPolicy({ immediate: 0, delayed: 3, delayMs: 1_000 });

/** Handles requests through a mediator, and sends what comes of them back. */
export class Responder implements Subscription {
  readonly #settings: ResponderSettings;
  readonly #open = new Map<string, OpenRequest>();
  /** Called off before they came here. */
  readonly #cancelled = new Set<string>();
  #subscriptions: Subscription[] = [];
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(settings: ResponderSettings) {
    this.#settings = settings;
  }

  async start(): Promise<this> {
    const { broker, topic, group, concurrency, prefetch, closeTimeoutMs } = this.#settings;
    const subscribe = broker.subscribe?.bind(broker) as NonNullable<typeof broker.subscribe>;
    this.#subscriptions.push(
      await subscribe({ topics: [controlTopicOf(topic)], onMessage: (message) => this.#control(message) }),
    );
    const requests = {
      topics: [topic],
      group,
      concurrency,
      prefetch,
      closeTimeoutMs,
      orderBy: "none" as const,
    };
    this.#subscriptions.push(
      await subscribe({ ...requests, onMessage: (message, signal) => this.#handle(message, signal) }),
    );
    this.#watch = setInterval(() => this.#dropLost(), aliveMs);
    return this;
  }

  async close(): Promise<void> {
    const [control, requests] = this.#subscriptions;
    await requests?.close();
    await control?.close();
    clearInterval(this.#watch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handle(message: ReceivedMessage, outer: AbortSignal): Promise<RetryLater | undefined> {
    const { deadLetters } = this.#settings;
    if (deadLetters.hasGivenUp(message)) return deadLetters.add(message, outer);
    let open: OpenRequest;
    try {
      open = OpenRequest.of(message, this.#settings, outer);
    } catch (error) {
      return deadLetters.giveUp(message, error, outer);
    }
    if (this.#cancelled.delete(open.id) || this.#isLate(open)) return undefined;
    this.#open.set(open.id, open);
    try {
      await this.#answer(open, message);
      return undefined;
    } catch (error) {
      // Nobody waits for a reply any more, and what was going on is over.
      if (open.isCancelled) return undefined;
      if (outer.aborted) throw error;
      return this.#unanswered(message, error, outer);
    } finally {
      this.#open.delete(open.id);
    }
  }

  #isLate({ id, lateMs }: OpenRequest): boolean {
    if (lateMs <= 0) return false;
    const { logger, topic } = this.#settings;
    const what = `Request ${id} came to ${topic} ${lateMs} ms after its requester had stopped waiting, by the clock here; it was not begun.`;
    logger.warn({ topic, id, lateMs }, what);
    return true;
  }

  /** The reply could not be sent: the request is tried again, but not for ever, as its handler runs each time. */
  #unanswered(
    message: ReceivedMessage,
    error: unknown,
    signal: AbortSignal,
  ): Promise<RetryLater | undefined> | RetryLater {
    const { deadLetters, logger, topic } = this.#settings;
    const later = retries.after(message.attempt);
    if (later === undefined) return deadLetters.giveUp(message, error, signal);
    const { id, attempt } = message;
    const what = `The reply to request ${id} of ${topic} could not be sent, try ${attempt} of ${retries.maxAttempts}; the next one is in ${later.afterMs} ms.`;
    logger.warn({ topic, id, attempt, error }, what);
    return later;
  }

  async #answer(open: OpenRequest, message: ReceivedMessage): Promise<void> {
    const { mediator, registry, exposeErrors, logger, topic } = this.#settings;
    const { name } = message;
    try {
      const request = decodeReceived(message, registry);
      if (!isRequest(request)) throw new Error(`${name} is an event: only requests are answered.`);
      const options = { metadata: metadataOf(message.id, message.headers), signal: open.signal };
      await respond(open, request as Request<unknown>, mediator, options);
    } catch (error) {
      if (open.signal.aborted) throw error;
      logger.error({ topic, name, id: open.id, error }, `${topic} failed on ${name} ${open.id}.`);
      await open.fail(requestProblem(error, name, exposeErrors));
    }
  }

  #control(message: ReceivedMessage): void {
    const kind = controlKindOf(message);
    if (kind === undefined) return;
    const { "reply-requester": requester, "reply-request": id = "" } = message.raw.headers;
    for (const open of this.#open.values()) if (open.requester === requester) open.heard();
    const open = this.#open.get(id);
    switch (kind) {
      case "cancel":
        if (open !== undefined) return open.cancel("The requester called it off.");
        if (this.#cancelled.size >= mostCancelled) this.#cancelled.clear();
        this.#cancelled.add(id);
        return;
      case "credit":
        return open?.credit?.grant(countIn(message.raw.headers, requestHeaders.credit, mostCredit) ?? 0);
    }
  }

  #dropLost(): void {
    for (const open of this.#open.values()) {
      if (open.silentMs > lostMs) open.cancel(`Nothing was heard of the requester for ${lostMs} ms.`);
    }
  }
}
