import type { Logger } from "../../handlers/logger.js";
import { backoff } from "../../resilience/backoff.js";
import { Deliveries } from "../deliveries.js";
import type { DeliveryScope } from "../delivery-scope.js";
import type { SubscribeSettings, Subscription } from "../subscribe-options.js";
import { redisCodeOf, unavailable } from "./redis-errors.js";
import type { RedisLink } from "./redis-link.js";
import type { RedisMessage } from "./redis-message.js";
import type { RedisSource } from "./redis-source.js";

interface RedisSubscriptionOptions {
  readonly settings: SubscribeSettings;
  readonly logger: Logger;
  /** A connection of its own: reading blocks it. */
  readonly reader: RedisLink;
  readonly source: RedisSource;
  readonly onClose: () => void;
}

const interruptEveryMs = 10;
const wait = { baseMs: 100, maxMs: 10_000 };

/** Reads while there is room, and goes on by itself when Redis comes back. */
export class RedisSubscription implements Subscription {
  readonly #options: RedisSubscriptionOptions;
  readonly #deliveries: Deliveries;
  readonly #scope: DeliveryScope;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #epoch = 0;
  #failures = 0;
  #wake: (() => void) | undefined;

  constructor(options: RedisSubscriptionOptions) {
    this.#options = options;
    const { settings, source, logger } = options;
    const onMessage: SubscribeSettings["onMessage"] = (message, signal) =>
      source.begin(message as RedisMessage) ? settings.onMessage(message, signal) : undefined;
    this.#deliveries = new Deliveries({ ...settings, onMessage }, { logger });
    this.#scope = this.#deliveries.scope();
  }

  start(): void {
    this.#running = this.#run();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { source, reader, onClose, settings } = this.#options;
    this.#wake?.();
    // Where there is no connection, nothing is read any more, and nobody waits for one.
    if (!reader.isReady) reader.close();
    // Redis may not have the read yet when it is told to end it.
    source.interrupt();
    const interrupting = setInterval(() => source.interrupt(), interruptEveryMs);
    const read = Promise.resolve(this.#running).finally(() => clearInterval(interrupting));
    await Promise.all([this.#deliveries.close(), read]);
    await source.leave(settings.closeTimeoutMs);
    reader.close();
    onClose();
  }

  async #run(): Promise<void> {
    while (this.#closing === undefined) {
      const room = this.#deliveries.room();
      if (room !== undefined) {
        await room;
        // Quick handlers are through with more by then: reading one at a time would take a round trip for each.
        await new Promise((resolve) => setImmediate(resolve));
      } else {
        try {
          await this.#read();
          this.#recovered();
        } catch (error) {
          await this.#failed(error);
        }
      }
    }
  }

  async #read(): Promise<void> {
    const { reader, source } = this.#options;
    await reader.whenReady();
    const { epoch } = reader;
    const { free } = this.#deliveries;
    const messages = epoch === this.#epoch ? await source.read(free) : await source.connected(free);
    // Others may have been left where there was no room for all; then it goes on there.
    if (messages.length < free) this.#epoch = epoch;
    for (const message of messages)
      this.#scope.add(message, (...outcome) => source.settle(message, ...outcome));
  }

  #recovered(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    const { topics } = this.#options.settings;
    this.#options.logger.info({ topics }, `The subscription to ${topics} goes on.`);
  }

  #tell(error: unknown): void {
    if (this.#failures++ > 0) return;
    const { logger, settings, reader } = this.#options;
    const { topics } = settings;
    if (redisCodeOf(error) === undefined) {
      const what = `The subscription to ${topics} has lost its connection, and waits for Redis.`;
      return logger.warn({ topics, error: reader.away() }, what);
    }
    const what = `The subscription to ${topics} waits: Redis does not let it read.`;
    logger.error({ topics, error: unavailable(`topics ${topics}`, error) }, what);
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#closing !== undefined) return;
    this.#tell(error);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, backoff(this.#failures, wait));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
