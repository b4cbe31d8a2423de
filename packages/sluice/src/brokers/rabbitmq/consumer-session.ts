import type { Logger } from "../../handlers/logger.js";
import { backoff } from "../../resilience/backoff.js";
import type { Deliveries } from "../deliveries.js";
import type { Outcome } from "../delivery.js";
import type { DeliveryScope } from "../delivery-scope.js";
import { WireReceivedMessage } from "../received-message.js";
import { RetryLater } from "../retry-later.js";
import type { SubscribeSettings } from "../subscribe-options.js";
import type { WireFormat } from "../wire-format.js";
import { RabbitMQAcks } from "./rabbitmq-acks.js";
import type { RabbitMQChannel, RabbitMQDelivery } from "./rabbitmq-client.js";
import type { RabbitMQLink } from "./rabbitmq-link.js";
import type { RabbitMQTopology } from "./rabbitmq-topology.js";
import { attemptOf, rabbitMQBinding, readDelivery } from "./rabbitmq-wire.js";
import { waitFor } from "./wait-for.js";
import { deliveredWhole, keepWhole } from "./whole-bodies.js";

/** Has the server put a message back into its queue after a while; resolves when it has it for good. */
export type SendLater = (
  message: WireReceivedMessage,
  queue: string,
  afterMs: number,
  signal: AbortSignal,
) => Promise<void>;

export interface SessionOptions {
  readonly link: RabbitMQLink;
  readonly topology: RabbitMQTopology;
  readonly settings: SubscribeSettings;
  readonly deliveries: Deliveries;
  readonly format: WireFormat;
  readonly logger: Logger;
  readonly sendLater: SendLater | undefined;
  /** The next member is given messages as soon as this one is cancelled. */
  readonly isSingleActive: boolean;
}

const pause = { baseMs: 200, maxMs: 10_000 };
/** A field of 16 bits. */
const mostPrefetched = 65_535;

/** What a subscription does on one channel, until that is lost. */
export class ConsumerSession {
  /** Resolves when the channel is gone, and with it all that was not acknowledged. */
  readonly ended: Promise<void>;
  readonly #options: SessionOptions;
  readonly #channel: RabbitMQChannel;
  readonly #scope: DeliveryScope;
  readonly #acks: RabbitMQAcks;
  readonly #consumerTags: string[] = [];
  readonly #later = new Set<Promise<void>>();
  readonly #ending = new AbortController();

  private constructor(channel: RabbitMQChannel, options: SessionOptions) {
    this.#options = options;
    this.#channel = channel;
    this.#acks = new RabbitMQAcks(channel);
    this.#scope = options.deliveries.scope();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    channel.on("close", () => {
      this.#ending.abort();
      // The server gives it to others by now.
      void this.#scope.close(0);
      resolve();
    });
    channel.on("basic.cancel", () => this.#onCancelled());
    if (!keepWhole(channel))
      this.#warn("this version of rabbitmq-client parses JSON: its very bytes are lost");
  }

  /** Resolves when the server gives it messages. */
  static async open(options: SessionOptions, signal: AbortSignal): Promise<ConsumerSession> {
    const { link, topology, settings } = options;
    const channel = await link.acquire(signal);
    const session = new ConsumerSession(channel, options);
    try {
      const queues = new Map<string, string>();
      for (const topic of settings.topics)
        queues.set(topic, await topology.queue(channel, topic, settings.group));
      const share = Math.floor(settings.prefetch / settings.topics.length);
      await channel.basicQos({ prefetchCount: Math.min(share, mostPrefetched) });
      for (const [topic, queue] of queues) {
        const onMessage = (delivery: RabbitMQDelivery) => session.#take(delivery, topic, queue);
        session.#consumerTags.push((await channel.basicConsume({ queue }, onMessage)).consumerTag);
      }
      return session;
    } catch (error) {
      await link.close(channel);
      throw error;
    }
  }

  /** Takes nothing more. */
  async cancel(): Promise<void> {
    // The next member of such a group would begin before this one is done.
    if (this.#options.isSingleActive || !this.#channel.active) return;
    const cancels = this.#consumerTags.map((consumerTag) => this.#channel.basicCancel({ consumerTag }));
    await Promise.allSettled(cancels);
  }

  /** For when all is handled or given up: acknowledges, and leaves the rest to others. */
  async end(): Promise<void> {
    const { settings, link } = this.#options;
    const timer = setTimeout(() => this.#ending.abort(), Math.min(settings.closeTimeoutMs, 2 ** 31 - 1));
    await Promise.all(this.#later);
    clearTimeout(timer);
    this.#ending.abort();
    this.#acks.flush();
    await link.close(this.#channel);
  }

  #take(given: RabbitMQDelivery, topic: string, queue: string): void {
    const delivery = deliveredWhole(given);
    const raw = readDelivery(delivery);
    const { format } = this.#options;
    const message = new WireReceivedMessage(raw, topic, attemptOf(delivery), format, rabbitMQBinding);
    this.#scope.add(message, (outcome) => this.#settle(delivery.deliveryTag, queue, message, outcome));
  }

  #settle(tag: number, queue: string, message: WireReceivedMessage, outcome: Outcome): void {
    if (outcome === "done") return this.#acks.ack(tag);
    if (outcome instanceof RetryLater) {
      const later = this.#sendLater(tag, queue, message, outcome).finally(() => this.#later.delete(later));
      this.#later.add(later);
      return;
    }
    // Given back while this member is the active one, it would come right back here: the end of the channel gives it to
    // the next one, in its order.
    if (!(this.#options.isSingleActive && this.#scope.isClosing)) this.#acks.nack(tag);
  }

  /** It is acknowledged once it waits at the server; if that fails, it stays here and comes again. */
  async #sendLater(
    tag: number,
    queue: string,
    message: WireReceivedMessage,
    { afterMs }: RetryLater,
  ): Promise<void> {
    const { signal } = this.#ending;
    const send = this.#options.sendLater as SendLater;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await send(message, queue, afterMs, signal);
        return this.#acks.ack(tag);
      } catch (error) {
        if (signal.aborted) return;
        this.#warn(
          "a message for later could not be put into its retry queue; it stays unacknowledged",
          error,
        );
        await waitFor(backoff(failures, pause), signal);
      }
    }
  }

  #onCancelled(): void {
    if (this.#ending.signal.aborted) return;
    this.#warn("the server cancelled it, as it does when the queue is deleted; it consumes again");
    void this.#channel.close();
  }

  #warn(what: string, error?: unknown): void {
    const { topics } = this.#options.settings;
    this.#options.logger.warn(
      { topics, ...(error !== undefined && { error }) },
      `A subscriber of ${topics}: ${what}.`,
    );
  }
}
