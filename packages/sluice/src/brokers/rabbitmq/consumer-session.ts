import type { Logger } from "../../handlers/logger.js";
import { backoff } from "../../resilience/backoff.js";
import type { Deliveries } from "../deliveries.js";
import type { Outcome } from "../delivery.js";
import type { DeliveryScope } from "../delivery-scope.js";
import { WireReceivedMessage } from "../received-message.js";
import { RetryLater } from "../retry-later.js";
import type { SubscribeSettings } from "../subscribe-options.js";
import type { WireFormat } from "../wire-format.js";
import { attemptOf, DeliveredMessage } from "./delivered-message.js";
import { RabbitMQAcks } from "./rabbitmq-acks.js";
import type { RabbitMQChannel, RabbitMQDelivery } from "./rabbitmq-client.js";
import type { RabbitMQLink } from "./rabbitmq-link.js";
import type { RabbitMQTopology } from "./rabbitmq-topology.js";
import { rabbitMQBinding } from "./rabbitmq-wire.js";
import { waitFor } from "./wait-for.js";
import { keepWhole } from "./whole-bodies.js";

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
  /** Of a group, and not classic. */
  readonly isQuorum: boolean;
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
  readonly #queues = new Map<string, string>();
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
      for (const topic of settings.topics)
        session.#queues.set(topic, await topology.queue(channel, topic, settings.group));
      const share = Math.floor(settings.prefetch / settings.topics.length);
      await channel.basicQos({ prefetchCount: Math.min(share, mostPrefetched) });
      for (const [topic, queue] of session.#queues) {
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
    // The next member of such a group would begin before this one is done; this one is given no more than its prefetch.
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
    if (this.#channel.active && link.connection.ready) await this.#untilAcknowledged().catch(() => {});
    await link.close(this.#channel);
  }

  /**
   * A quorum queue takes 32 acknowledgements of a channel at a time, and those behind them are gone when the channel is:
   * what was done would come again. So this waits for an answer that comes after the first 32, and for one that comes after
   * all others, which go out together then.
   */
  async #untilAcknowledged(): Promise<void> {
    if (!this.#options.isQuorum) return;
    for (const queue of this.#queues.values()) {
      if (this.#options.isSingleActive) {
        // It only stands by, behind this one.
        const { consumerTag } = await this.#channel.basicConsume({ queue }, () => {});
        await this.#channel.basicCancel({ consumerTag });
      } else {
        // What comes goes back with the channel.
        await this.#channel.basicGet({ queue });
        await this.#channel.basicGet({ queue });
      }
    }
  }

  #take(delivery: RabbitMQDelivery, topic: string, queue: string): void {
    const raw = new DeliveredMessage(delivery);
    const { format } = this.#options;
    const message = new WireReceivedMessage(raw, topic, attemptOf(delivery), format, rabbitMQBinding);
    this.#scope.add(message, (outcome) => this.#settle(delivery.deliveryTag, queue, message, outcome));
  }

  /** What is released stays as it is: the end of the channel gives it to others, in its order. */
  #settle(tag: number, queue: string, message: WireReceivedMessage, outcome: Outcome): void {
    if (outcome === "done") return this.#acks.ack(tag);
    if (!(outcome instanceof RetryLater)) return;
    const later = this.#sendLater(tag, queue, message, outcome).finally(() => this.#later.delete(later));
    this.#later.add(later);
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
