import type { StartAt } from "../subscribe-options.js";
import type { WireFormat } from "../wire-format.js";
import type { RedisLink } from "./redis-link.js";
import { type RedisEntry, RedisMessage, type RedisStream } from "./redis-message.js";
import { RedisReads } from "./redis-reads.js";
import type { RedisSource } from "./redis-source.js";
import { beforeOf } from "./start-id.js";

interface RedisTailOptions {
  readonly streams: readonly RedisStream[];
  readonly startAt: StartAt;
  readonly wire: WireFormat;
  readonly reader: RedisLink;
}

/** Shorter than the shortest `idleTimeoutMs`. */
const blockMs = 500;

/** A subscriber without a group: it reads streams by itself, and keeps its place as long as it lives. */
export class RedisTail implements RedisSource {
  readonly #options: RedisTailOptions;
  /** By stream, the id of the last entry that was read. */
  readonly #places = new Map<string, string>();
  readonly #reads: RedisReads;

  constructor(options: RedisTailOptions) {
    this.#options = options;
    const { reader, streams, wire } = options;
    this.#reads = new RedisReads({
      reader,
      streams,
      blockMs,
      command: ["xread"],
      placeOf: ({ key }) => this.#places.get(key) as string,
      messageOf: (stream, entry) => {
        const message = new RedisMessage(stream, entry, 1, wire);
        this.#places.set(stream.key, message.entryId);
        return message;
      },
    });
  }

  async prepare(): Promise<void> {
    const { streams, startAt, reader } = this.#options;
    for (const { key } of streams) {
      const [last] = (await reader.call("xrevrange", key, "+", "-", "COUNT", 1)) as readonly RedisEntry[];
      const end = last === undefined ? "0-0" : `${last[0]}`;
      this.#places.set(key, startAt === "latest" ? end : startAt === "earliest" ? "0-0" : beforeOf(startAt));
    }
  }

  connected(room: number): Promise<readonly RedisMessage[]> {
    return this.read(room);
  }

  read(room: number): Promise<readonly RedisMessage[]> {
    return this.#reads.read(room);
  }

  begin(): boolean {
    return true;
  }

  settle(): void {}

  interrupt(): void {
    this.#options.reader.close();
  }

  async leave(): Promise<void> {}
}
