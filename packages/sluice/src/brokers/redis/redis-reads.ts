import type { Argument } from "./redis-client.js";
import type { RedisLink } from "./redis-link.js";
import type { RedisEntry, RedisMessage, RedisStream } from "./redis-message.js";

const largestPage = 1_000;
/** How long a read waits at one of several streams that there is no room for together. */
const shortBlockMs = 20;

interface RedisReadsOptions {
  readonly reader: RedisLink;
  readonly streams: readonly RedisStream[];
  /** How long a read waits when there is nothing. */
  readonly blockMs: number;
  /** The command and what stands before `COUNT`. */
  readonly command: readonly [name: string, ...args: string[]];
  /** After which entry of a stream to read. */
  readonly placeOf: (stream: RedisStream) => string;
  readonly messageOf: (stream: RedisStream, entry: RedisEntry) => RedisMessage;
}

/** Reads several streams, and never more messages than there is room for. */
export class RedisReads {
  readonly #options: RedisReadsOptions;
  readonly #byKey: ReadonlyMap<string, RedisStream>;
  #turn = 0;

  constructor(options: RedisReadsOptions) {
    this.#options = options;
    this.#byKey = new Map(options.streams.map((stream) => [stream.key, stream]));
  }

  async read(room: number): Promise<readonly RedisMessage[]> {
    const { streams, blockMs } = this.#options;
    // Redis counts for each stream by itself.
    if (room >= streams.length) return this.#read(streams, Math.floor(room / streams.length), blockMs);
    const turn = this.#turn++ % streams.length;
    const inTurn = [...streams.slice(turn), ...streams.slice(0, turn)];
    for (const stream of inTurn) {
      const messages = await this.#read([stream], room, undefined);
      if (messages.length > 0) return messages;
    }
    return this.#read(inTurn.slice(0, 1), room, shortBlockMs);
  }

  async #read(
    streams: readonly RedisStream[],
    count: number,
    blockMs: number | undefined,
  ): Promise<readonly RedisMessage[]> {
    const { reader, command, placeOf, messageOf } = this.#options;
    const [name, ...first] = command;
    const block: Argument[] = blockMs === undefined ? [] : ["BLOCK", blockMs];
    const where = [...streams.map(({ key }) => key), ...streams.map(placeOf)];
    const many = Math.min(count, largestPage);
    const reply = await reader.call(name, ...first, "COUNT", many, ...block, "STREAMS", ...where);
    const messages: RedisMessage[] = [];
    for (const [key, entries] of (reply ?? []) as readonly [Uint8Array, readonly RedisEntry[]][]) {
      const stream = this.#byKey.get(`${key}`) as RedisStream;
      for (const entry of entries) messages.push(messageOf(stream, entry));
    }
    return messages;
  }
}
