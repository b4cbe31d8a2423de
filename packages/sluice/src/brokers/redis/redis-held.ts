import type { RedisCommand } from "./redis-client.js";
import type { RedisLink } from "./redis-link.js";
import type { RedisEntry, RedisMessage, RedisStream } from "./redis-message.js";

const largestPage = 1_000;
/** Who has what members that closed have left: nobody. */
const nobody = "sluice:released";
/** So idle that whoever looks takes it, in milliseconds: some three years. */
const veryIdle = 1e11;

interface RedisHeldOptions {
  readonly link: RedisLink;
  readonly group: string;
  readonly member: string;
}

interface Pending {
  readonly id: string;
  /** How often it was given to somebody. */
  readonly count: number;
}

/** What a member of a group has of one stream: by its own account, and by Redis' (the list of what is pending). */
export class RedisHeld {
  readonly #options: RedisHeldOptions;
  readonly stream: RedisStream;
  /** By id, what was read and is not acknowledged. */
  readonly #messages = new Map<string, RedisMessage>();

  constructor(stream: RedisStream, options: RedisHeldOptions) {
    this.stream = stream;
    this.#options = options;
  }

  has(id: string): boolean {
    return this.#messages.has(id);
  }

  add(message: RedisMessage): RedisMessage {
    this.#messages.set(message.entryId, message);
    return message;
  }

  delete(message: RedisMessage): void {
    this.#messages.delete(message.entryId);
  }

  clear(): void {
    this.#messages.clear();
  }

  /** Gives again what Redis has given to this member and what did not get here; that is no further try. */
  async *lost(): AsyncGenerator<{ readonly entry: RedisEntry; readonly count: number }> {
    for await (const page of this.#pending()) {
      const lost = page.filter(({ id }) => !this.has(id));
      for (const [count, some] of Map.groupBy(lost, (each) => each.count)) {
        const entries = await this.#claim(some, ["RETRYCOUNT", count]);
        for (const entry of entries as readonly RedisEntry[]) yield { entry, count };
      }
    }
  }

  /** Says of all that is here that it is being seen to, and finds out what others have taken over meanwhile. */
  async speakUp(): Promise<void> {
    const before = new Map(this.#messages);
    if (before.size === 0) return;
    for await (const page of this.#pending()) {
      const mine = page.filter(({ id }) => before.delete(id));
      if (mine.length > 0) await this.#claim(mine, ["JUSTID"]);
    }
    for (const message of before.values()) message.isTaken = true;
  }

  /** Tells Redis of another try here, for whoever gets the message after a crash. */
  count(message: RedisMessage): void {
    message.counted = message.attempt;
    const how = ["RETRYCOUNT", message.attempt, "JUSTID"] as const;
    this.#claim([{ id: message.entryId }], how).catch(() => {}); // the next one tells it as well
  }

  /** Lets others have all of it at once. Only tries that were made count. */
  async release(): Promise<void> {
    const { link, group } = this.#options;
    for await (const page of this.#pending()) {
      const triesOf = ({ id, count }: Pending) => {
        const message = this.#messages.get(id);
        return message === undefined ? count - 1 : (message.next ?? count + 1) - 1;
      };
      const commands = Array.from(Map.groupBy(page, triesOf), ([tries, some]): RedisCommand => {
        const how = ["IDLE", veryIdle, "RETRYCOUNT", tries, "JUSTID"] as const;
        return ["xclaim", this.stream.key, group, nobody, 0, ...some.map(({ id }) => id), ...how];
      });
      for (const [error] of await link.pipeline(commands)) if (error !== null) throw error;
    }
  }

  #claim(some: readonly { readonly id: string }[], how: readonly (string | number)[]): Promise<unknown> {
    const { link, group, member } = this.#options;
    return link.call("xclaim", this.stream.key, group, member, 0, ...some.map(({ id }) => id), ...how);
  }

  /** Redis' account, in pages. */
  async *#pending(): AsyncGenerator<readonly Pending[]> {
    const { link, group, member } = this.#options;
    for (let from = "-"; ; ) {
      const reply = await link.call("xpending", this.stream.key, group, from, "+", largestPage, member);
      const rows = reply as readonly (readonly unknown[])[];
      const page = rows.map(([id, , , count]) => ({ id: `${id}`, count: Number(count) }));
      if (page.length > 0) yield page;
      if (page.length < largestPage) return;
      from = `(${page.at(-1)?.id}`;
    }
  }
}
