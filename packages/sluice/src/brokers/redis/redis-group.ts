import type { Logger } from "../../handlers/logger.js";
import type { Outcome } from "../delivery.js";
import type { StartAt } from "../subscribe-options.js";
import type { WireFormat } from "../wire-format.js";
import { RedisAcks } from "./redis-acks.js";
import { redisCodeOf } from "./redis-errors.js";
import { RedisHeld } from "./redis-held.js";
import type { RedisLink } from "./redis-link.js";
import { type RedisEntry, RedisMessage, type RedisStream } from "./redis-message.js";
import { RedisReads } from "./redis-reads.js";
import type { RedisSource } from "./redis-source.js";
import { beforeOf } from "./start-id.js";

interface RedisGroupOptions {
  readonly streams: readonly RedisStream[];
  readonly group: string;
  readonly startAt: StartAt;
  readonly claimIdleMs: number;
  readonly wire: WireFormat;
  readonly logger: Logger;
  /** For all that does not block. */
  readonly link: RedisLink;
  readonly reader: RedisLink;
}

/** How long a read waits, and how often it is looked for what others have left. */
const blockMs = 500;
const largestPage = 1_000;
/** A member without anything that was silent for so many times `claimIdleMs` is dead. */
const desertedAfter = 20;

/** A member of a consumer group, under a name that no other has. */
export class RedisGroup implements RedisSource {
  readonly #options: RedisGroupOptions;
  readonly #member = `sluice:${crypto.randomUUID()}`;
  readonly #held: ReadonlyMap<string, RedisHeld>;
  readonly #acks: RedisAcks;
  readonly #reads: RedisReads;
  /** Where the search for what others have left goes on. */
  readonly #cursors = new Map<string, string>();
  #nextSearch = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #clientId = Number.NaN;
  /** Whether no answer came to the last read: then Redis may still give something to it. */
  #isUnanswered = false;

  constructor(options: RedisGroupOptions) {
    this.#options = options;
    const { streams, link, reader, group, logger } = options;
    const member = this.#member;
    this.#held = new Map(
      streams.map((stream) => [stream.key, new RedisHeld(stream, { link, group, member })]),
    );
    this.#acks = new RedisAcks({ link, group, logger, onAcknowledged: (message) => this.#drop(message) });
    this.#reads = new RedisReads({
      reader,
      streams,
      blockMs,
      command: ["xreadgroup", "GROUP", group, member],
      placeOf: () => ">",
      messageOf: (stream, entry) => this.#hold(stream, entry, 1),
    });
  }

  async prepare(): Promise<void> {
    const { streams, startAt, link, group, claimIdleMs } = this.#options;
    await this.#create(startAt === "latest" ? "$" : startAt === "earliest" ? "0" : beforeOf(startAt));
    // Where scripts are not allowed, the dead stay in the list, and do no harm.
    const silentMs = claimIdleMs * desertedAfter;
    await link.pipeline(streams.map(({ key }) => ["eval", dropDeserted, 1, key, group, silentMs]));
    this.#timer = setInterval(() => this.#speakUp(), claimIdleMs / 3);
  }

  async #create(start: string): Promise<void> {
    const { link, group, streams } = this.#options;
    const commands = streams.map(({ key }) => ["xgroup", "CREATE", key, group, start, "MKSTREAM"] as const);
    for (const [error] of await link.pipeline(commands))
      if (error !== null && redisCodeOf(error) !== "BUSYGROUP") throw error;
  }

  async connected(room: number): Promise<readonly RedisMessage[]> {
    this.#clientId = Number(await this.#options.reader.call("client", "ID").catch(() => Number.NaN));
    const messages: RedisMessage[] = [];
    return this.#withGroup(async () => {
      for (const held of this.#held.values()) {
        if (messages.length >= room) break;
        for await (const { entry, count } of held.lost()) {
          messages.push(this.#hold(held.stream, entry, count));
          if (messages.length >= room) break;
        }
      }
      return messages;
    });
  }

  read(room: number): Promise<readonly RedisMessage[]> {
    return this.#withGroup(async () => {
      const left = await this.#takeOver(room);
      if (left.length > 0) return left;
      this.#isUnanswered = true;
      try {
        const messages = await this.#reads.read(room);
        this.#isUnanswered = false;
        return messages;
      } catch (error) {
        if (redisCodeOf(error) !== undefined) this.#isUnanswered = false;
        throw error;
      }
    });
  }

  async #withGroup(read: () => Promise<readonly RedisMessage[]>): Promise<readonly RedisMessage[]> {
    try {
      return await read();
    } catch (error) {
      const code = redisCodeOf(error);
      if (code !== "NOGROUP" && code !== "UNBLOCKED") throw error;
      const { group, streams, logger } = this.#options;
      const topics = streams.map(({ topic }) => topic);
      const what = `The group ${group} was gone, with a stream or with Redis' data; it begins anew with all that is there.`;
      logger.error({ group, topics, error }, what);
      for (const held of this.#held.values()) held.clear();
      await this.#create("0");
      return [];
    }
  }

  /** Takes what members that died, or closed, have left. */
  async #takeOver(room: number): Promise<readonly RedisMessage[]> {
    if (Date.now() < this.#nextSearch) return [];
    const { link, group, claimIdleMs, logger } = this.#options;
    const messages: RedisMessage[] = [];
    let isThrough = true;
    for (const { stream } of this.#held.values()) {
      const count = Math.min(largestPage, room - messages.length);
      if (count === 0) return messages;
      const from = this.#cursors.get(stream.key) ?? "0-0";
      const reply = await link.call(
        ...(["xautoclaim", stream.key, group, this.#member, claimIdleMs, from, "COUNT", count] as const),
      );
      const [next, entries, trimmed] = reply as readonly [
        Uint8Array,
        readonly RedisEntry[],
        readonly unknown[],
      ];
      this.#cursors.set(stream.key, `${next}`);
      isThrough &&= `${next}` === "0-0";
      messages.push(...(await this.#taken(stream, entries)));
      if (trimmed.length > 0) {
        const what = `${trimmed.length} messages of ${stream.topic} were trimmed before group ${group} had handled them; they are lost to it.`;
        logger.error({ group, topic: stream.topic, entries: trimmed.map(String) }, what);
      }
    }
    if (isThrough) this.#nextSearch = Date.now() + blockMs;
    return messages;
  }

  /** Makes messages of entries that are this member's by now; Redis has counted that as a try. */
  async #taken(stream: RedisStream, entries: readonly RedisEntry[]): Promise<RedisMessage[]> {
    const { link, group } = this.#options;
    const fresh = entries.filter(([id]) => !this.#held.get(stream.key)?.has(`${id}`));
    const answers = await link.pipeline(
      fresh.map(([id]) => ["xpending", stream.key, group, `${id}`, `${id}`, 1] as const),
    );
    const messages: RedisMessage[] = [];
    for (const [index, [error, rows]] of answers.entries()) {
      // What is not made one here is found again when it is idle.
      if (error !== null) throw error;
      const [row] = rows as readonly (readonly unknown[])[];
      const isLeft = row !== undefined && `${row[1]}` === this.#member;
      if (isLeft) messages.push(this.#hold(stream, fresh[index] as RedisEntry, Number(row[3])));
    }
    return messages;
  }

  #hold(stream: RedisStream, entry: RedisEntry, attempt: number): RedisMessage {
    const message = new RedisMessage(stream, entry, attempt, this.#options.wire);
    this.#held.get(stream.key)?.add(message);
    return message;
  }

  #drop(message: RedisMessage): void {
    this.#held.get(message.stream)?.delete(message);
  }

  begin(message: RedisMessage): boolean {
    if (message.isTaken) return false;
    if (message.attempt > message.counted) this.#held.get(message.stream)?.count(message);
    return true;
  }

  settle(message: RedisMessage, outcome: Outcome, nextAttempt: number): void {
    if (message.isTaken) this.#drop(message);
    else if (outcome === "done") this.#acks.add(message);
    else message.next = nextAttempt;
  }

  #speakUp(): void {
    for (const held of this.#held.values()) held.speakUp().catch(() => {}); // the next time, or it is taken over
  }

  interrupt(): void {
    if (Number.isNaN(this.#clientId)) return;
    this.#options.link.call("client", "UNBLOCK", this.#clientId).catch(() => {}); // it ends by itself soon
  }

  /** Leaves to others what is not acknowledged. */
  async leave(waitMs: number): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    await this.#acks.idle(waitMs);
    const { link, group, claimIdleMs, logger } = this.#options;
    try {
      for (const held of this.#held.values()) {
        await held.release();
        // Whoever is deleted takes along what is given to him by then.
        if (!this.#isUnanswered)
          await link.call("xgroup", "DELCONSUMER", held.stream.key, group, this.#member);
      }
    } catch (error) {
      const what = `What a member of ${group} has left goes to others only after claimIdleMs, ${claimIdleMs} ms.`;
      logger.warn({ group, error }, what);
    }
  }
}

/** Deletes members that have nothing and were silent for long: those that were killed. */
const dropDeserted = `
for _, row in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local of = {}
  for at = 1, #row, 2 do of[row[at]] = row[at + 1] end
  if of.pending == 0 and of.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], of.name)
  end
end`;
