/// <reference lib="esnext.disposable" preserve="true" />
import { metadataOf } from "../brokers/metadata-of.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { Subscription } from "../brokers/subscribe-options.js";
import { decodeReceived } from "../consumers/decode-received.js";
import { isRequest, type Request } from "../messages/request.js";
import { OpenRequest } from "./open-request.js";
import { controlTopicOf, countIn, requestHeaders } from "./protocol.js";
import { requestProblem } from "./request-problem.js";
import { aliveMs } from "./requester.js";
import { respond } from "./respond.js";
import type { ResponderSettings } from "./start-responder.js";

/** A requester that was not heard of for so long is lost. */
const lostMs = 3 * aliveMs;
const mostCredit = 10_000;
const mostCancelled = 10_000;

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

  async #handle(message: ReceivedMessage, outer: AbortSignal): Promise<void> {
    const { broker, logger, topic } = this.#settings;
    const { [requestHeaders.replyTo]: replyTo, [requestHeaders.requester]: requester } = message.raw.headers;
    if (replyTo === undefined || requester === undefined) {
      const what = `Something came to ${topic} that asks for no reply; consume() is for such messages. It was left alone.`;
      return logger.error({ topic, headers: message.raw.headers }, what);
    }
    const deadline = countIn(message.raw.headers, requestHeaders.deadline, Number.MAX_SAFE_INTEGER);
    if (deadline !== undefined && deadline < Date.now()) return;
    const open = new OpenRequest(broker, message, replyTo, requester, outer);
    if (this.#cancelled.delete(open.id)) return;
    this.#open.set(open.id, open);
    try {
      await this.#answer(open, message);
    } catch (error) {
      // Nobody waits for a reply any more, and what was going on is over.
      if (!open.isCancelled) throw error;
    } finally {
      this.#open.delete(open.id);
    }
  }

  async #answer(open: OpenRequest, message: ReceivedMessage): Promise<void> {
    const { mediator, registry, exposeErrors, logger, topic } = this.#settings;
    let name = "";
    try {
      name = message.name;
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
    const { "reply-requester": requester, "reply-request": id = "" } = message.raw.headers;
    for (const open of this.#open.values()) if (open.requester === requester) open.heard();
    const open = this.#open.get(id);
    switch (message.name) {
      case "sluice.request.cancel":
        if (open !== undefined) return open.cancel("The requester called it off.");
        if (this.#cancelled.size >= mostCancelled) this.#cancelled.clear();
        this.#cancelled.add(id);
        return;
      case "sluice.request.credit":
        return open?.credit?.grant(countIn(message.raw.headers, requestHeaders.credit, mostCredit) ?? 0);
    }
  }

  #dropLost(): void {
    for (const open of this.#open.values()) {
      if (open.silentMs > lostMs) open.cancel(`Nothing was heard of the requester for ${lostMs} ms.`);
    }
  }
}
