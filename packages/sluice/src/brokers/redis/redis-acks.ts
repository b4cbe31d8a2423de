import type { Logger } from "../../handlers/logger.js";
import type { RedisCommand } from "./redis-client.js";
import { isPassing } from "./redis-errors.js";
import type { RedisLink } from "./redis-link.js";
import type { RedisMessage } from "./redis-message.js";

interface RedisAcksOptions {
  readonly link: RedisLink;
  readonly group: string;
  readonly logger: Logger;
  readonly onAcknowledged: (message: RedisMessage) => void;
}

const largestAck = 1_000;
const retryAfterMs = 100;
const longestMs = 2 ** 31 - 1;

/** Acknowledges what is done: what comes in one turn, or while a round trip is under way, goes together in one. */
export class RedisAcks {
  readonly #options: RedisAcksOptions;
  #waiting: RedisMessage[] = [];
  #running: Promise<void> | undefined;

  constructor(options: RedisAcksOptions) {
    this.#options = options;
  }

  add(message: RedisMessage): void {
    this.#waiting.push(message);
    this.#running ??= this.#run();
  }

  /** Resolves when all is acknowledged, or after so long. */
  async idle(waitMs: number): Promise<void> {
    if (this.#running === undefined) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, Math.min(waitMs, longestMs));
    await Promise.race([this.#running, late.promise]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    await undefined; // until this turn's are together
    const { link, onAcknowledged } = this.#options;
    while (this.#waiting.length > 0 && !link.isClosed) {
      const batch = this.#waiting;
      this.#waiting = [];
      if (await this.#send(batch)) for (const message of batch) onAcknowledged(message);
      else {
        this.#waiting = [...batch, ...this.#waiting];
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
        await link.whenReady().catch(() => {});
      }
    }
    this.#running = undefined;
  }

  /** Gives whether Redis has answered. */
  async #send(batch: readonly RedisMessage[]): Promise<boolean> {
    const { link, group, logger } = this.#options;
    const results = await link.pipeline(this.#commandsOf(batch));
    for (const [error] of results) {
      if (error === null) continue;
      if (isPassing(error)) return false;
      logger.error(
        { group, error },
        `Redis refuses to acknowledge messages of group ${group}; they come again.`,
      );
    }
    return true;
  }

  #commandsOf(batch: readonly RedisMessage[]): RedisCommand[] {
    const commands: RedisCommand[] = [];
    for (const [stream, messages] of Map.groupBy(batch, (message) => message.stream)) {
      const ids = messages.map(({ entryId }) => entryId);
      for (let at = 0; at < ids.length; at += largestAck)
        commands.push(["xack", stream, this.#options.group, ...ids.slice(at, at + largestAck)]);
    }
    return commands;
  }
}
