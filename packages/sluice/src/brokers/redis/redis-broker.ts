import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { BrokerClosedError } from "../broker-closed-error.js";
import type { BrokerFeatures } from "../broker-features.js";
import { checkMessage } from "../check-message.js";
import type { DeadLetterQueue } from "../dead-letter-queue.js";
import type { Message } from "../message.js";
import type { ForwardOptions, MessageBroker, PublishOptions } from "../message-broker.js";
import { BrokerUnavailableError } from "../publish-errors.js";
import type { ReceivedMessage } from "../received-message.js";
import { type SubscribeOptions, type Subscription, subscribeSettings } from "../subscribe-options.js";
import type { WireMessage } from "../wire-format.js";
import { type RedisBrokerOptions, redisSettings } from "./redis-broker-options.js";
import { RedisDeadLetters } from "./redis-dead-letters.js";
import { isPassing, redisCodeOf, unavailable } from "./redis-errors.js";
import { RedisGroup } from "./redis-group.js";
import { RedisLink } from "./redis-link.js";
import { type Outgoing, RedisPublishCall } from "./redis-publish-call.js";
import { RedisPublisher } from "./redis-publisher.js";
import { RedisServer } from "./redis-server.js";
import { RedisSubscription } from "./redis-subscription.js";
import { RedisTail } from "./redis-tail.js";
import { fieldsOf, redisBinding } from "./redis-wire.js";

const redisFeatures: BrokerFeatures = {
  fanOut: true,
  consumerGroups: true,
  orderPerKey: "member",
  delay: false,
  countsAttempts: true,
  replay: true,
  deduplication: false,
  singleInstance: false,
};

const retryAfterMs = 100;

/**
 * A message broker over Redis Streams, by ioredis, from Redis 7.0 on. A topic is a stream, made when it is first used.
 *
 * `publish` resolves when Redis has executed it: a call is one transaction, which arrives as a whole or not at all, except
 * for messages that Redis refuses by themselves. How sure that is on disk is the server's `appendfsync`: with `everysec`,
 * its default, a crash of the machine may lose a second. `waitAof` and `waitReplicas` ask for more.
 *
 * A group shares the streams' messages among its members; each of them keeps the order of a key, the group does not. What
 * a member has when it dies goes to others after `claimIdleMs`, and what it has when it closes at once. What waits for
 * another try waits in the member.
 *
 * `close()` sends what was accepted, closes its subscriptions, then its connections.
 *
 * @throws {InvalidOptionError} an option is out of range; from `subscribe` too.
 * @throws {BrokerUnavailableError} there was no connection or no answer in time, or Redis refuses; with what to do.
 * @throws {PublishFailedError} from `publish`: Redis took a part of the messages.
 * @throws {MessageRefusedError} from `publish` and `forward`: a message is larger than Redis takes.
 * @throws {BrokerClosedError} from `publish`, `forward` and `subscribe`: `close()` was called before.
 *
 * @example
 * ```ts no-run
 * import { bootstrap, NotificationEvent } from "sluice";
 * import { RedisBroker } from "sluice/brokers/redis";
 *
 * const broker = new RedisBroker({ connection: "redis://localhost:6379" });
 * await broker.subscribe({
 *   topics: ["orders"],
 *   group: "billing",
 *   onMessage: ({ name, payload }) => console.log(name, payload),
 * });
 *
 * const mediator = bootstrap({ messageBroker: broker });
 * await mediator.publish(
 *   new NotificationEvent({ eventName: "order.placed", topic: "orders", key: "o-1", payload: { orderId: "o-1" } }),
 * );
 * await mediator.close();
 * await broker.close();
 * ```
 */
export class RedisBroker implements MessageBroker {
  readonly features = redisFeatures;
  readonly #settings;
  readonly #server: RedisServer;
  readonly #subscriptions = new Set<RedisSubscription>();
  #link: RedisLink | undefined;
  #publisher: { readonly link: RedisLink; readonly publisher: RedisPublisher } | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RedisBrokerOptions) {
    this.#settings = redisSettings(options);
    this.#server = new RedisServer(this.#settings.logger, this.#settings.waitAof);
  }

  async publish(messages: readonly Message[], { signal }: PublishOptions): Promise<void> {
    this.#refuseClosed("publish");
    if (!Array.isArray(messages))
      throw new InvalidOptionError("publish messages", messages, "a list of messages");
    for (const message of messages) checkMessage(message);
    const { wire, maxLength } = this.#settings;
    const written = messages.map((message) => {
      const { id, topic } = message;
      return this.#outgoing(id, topic, wire.write(message, redisBinding), maxLength);
    });
    await this.#send(written, signal);
  }

  async forward(
    message: Pick<ReceivedMessage, "raw">,
    { topic, headers, signal }: ForwardOptions,
  ): Promise<void> {
    if (typeof topic !== "string" || topic === "")
      throw new InvalidOptionError("forward topic", topic, "a string with at least one character");
    await this.#forward(message, { topic, headers, signal }, this.#settings.maxLength);
  }

  async #forward(
    { raw }: Pick<ReceivedMessage, "raw">,
    { topic, headers, signal }: ForwardOptions,
    maxLength: number | undefined,
  ): Promise<void> {
    this.#refuseClosed("publish");
    const id = raw.headers[`${redisBinding.prefix}id`] ?? "that was forwarded";
    const wire = { ...raw, headers: { ...raw.headers, ...headers } };
    await this.#send([this.#outgoing(id, topic, wire, maxLength)], signal);
  }

  /** Its dead letters are a stream of this name, which nothing trims. */
  async deadLetterQueue(name: string): Promise<DeadLetterQueue> {
    this.#refuseClosed("publish");
    if (typeof name !== "string" || name === "")
      throw new InvalidOptionError("deadLetterQueue name", name, "a string with at least one character");
    const { prefix, wire } = this.#settings;
    const link = this.#common();
    return new RedisDeadLetters({
      stream: { topic: name, key: prefix + name },
      wire,
      add: (message, headers, signal) => this.#forward(message, { topic: name, headers, signal }, undefined),
      ask: (...command) => this.#inTime(link, () => link.call(...command)),
    });
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#refuseClosed("subscribe");
    const settings = subscribeSettings(options, this.features.replay);
    const { connector, prefix, logger, wire, claimIdleMs, idleTimeoutMs } = this.#settings;
    const streams = settings.topics.map((topic) => ({ topic, key: prefix + topic }));
    const reader = new RedisLink(connector, idleTimeoutMs);
    const { group, startAt } = settings;
    const source =
      group === undefined
        ? new RedisTail({ streams, startAt, wire, reader })
        : new RedisGroup({
            streams,
            group,
            startAt,
            claimIdleMs,
            wire,
            logger,
            link: this.#common(),
            reader,
          });
    const subscription = new RedisSubscription({
      settings,
      logger,
      reader,
      source,
      onClose: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    try {
      await this.#inTime(reader, async () => {
        if (group !== undefined) await this.#common().whenReady();
        await this.#server.look(reader);
        await source.prepare();
      });
    } catch (error) {
      await subscription.close();
      this.#refuseClosed("subscribe");
      throw redisCodeOf(error) === undefined ? error : unavailable(`topics ${settings.topics}`, error);
    }
    this.#refuseClosed("subscribe");
    subscription.start();
    return subscription;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#publisher?.publisher.idle();
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.close()));
    this.#publisher?.publisher.close();
    this.#publisher?.link.close();
    this.#link?.close();
  }

  #refuseClosed(action: "publish" | "subscribe"): void {
    if (this.#closing !== undefined) throw new BrokerClosedError("RedisBroker", action);
  }

  #outgoing(id: string, topic: string, wire: WireMessage, maxLength: number | undefined): Outgoing {
    const { prefix } = this.#settings;
    const trim = maxLength === undefined ? [] : ["MAXLEN", "~", maxLength];
    return { id, topic, key: wire.key, entry: [prefix + topic, ...trim, "*", ...fieldsOf(wire)] };
  }

  async #send(messages: readonly Outgoing[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (messages.length === 0) return;
    this.#publisher ??= this.#makePublisher();
    await this.#publisher.publisher.send(new RedisPublishCall(messages), signal);
  }

  #makePublisher() {
    const { connector, waitReplicas, waitAof, publishTimeoutMs, idleTimeoutMs } = this.#settings;
    const isBlocking = waitReplicas > 0 || waitAof;
    const link = isBlocking ? new RedisLink(connector, idleTimeoutMs + publishTimeoutMs) : this.#common();
    return { link, publisher: new RedisPublisher({ ...this.#settings, server: this.#server, link }) };
  }

  /** The connection for all that does not block. */
  #common(): RedisLink {
    const { connector, idleTimeoutMs } = this.#settings;
    this.#link ??= new RedisLink(connector, idleTimeoutMs);
    return this.#link;
  }

  /** Does the work once the connection stands, and again where it breaks meanwhile. */
  async #inTime<T>(link: RedisLink, work: () => Promise<T>): Promise<T> {
    const { publishTimeoutMs, connector } = this.#settings;
    let isLate = false;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      isLate = true;
      const what = `no connection to ${connector.target} within publishTimeoutMs, ${publishTimeoutMs} ms`;
      reject(unavailable(what, link.lastError));
    }, publishTimeoutMs);
    const tries = async (): Promise<T> => {
      for (;;) {
        await link.whenReady();
        try {
          return await work();
        } catch (error) {
          if (isLate || error instanceof BrokerUnavailableError || !isPassing(error)) throw error;
          await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
        }
      }
    };
    try {
      return await Promise.race([late, tries()]);
    } finally {
      clearTimeout(timer);
    }
  }
}
