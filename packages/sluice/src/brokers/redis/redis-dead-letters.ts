import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { DeadLetterEntry, DeadLetterListOptions, DeadLetterQueue } from "../dead-letter-queue.js";
import type { WireFormat } from "../wire-format.js";
import type { RedisCommand } from "./redis-client.js";
import { type RedisEntry, RedisMessage, type RedisStream } from "./redis-message.js";

interface RedisDeadLettersOptions {
  readonly stream: RedisStream;
  readonly wire: WireFormat;
  readonly add: DeadLetterQueue["add"];
  readonly ask: (...command: RedisCommand) => Promise<unknown>;
}

const entryId = /^\d+(-\d+)?$/;

/** Dead letters in a stream; the id of one is that of its entry. */
export class RedisDeadLetters implements DeadLetterQueue {
  readonly #options: RedisDeadLettersOptions;
  readonly add: DeadLetterQueue["add"];

  constructor(options: RedisDeadLettersOptions) {
    this.#options = options;
    this.add = options.add;
  }

  async list({ limit = 100, after }: DeadLetterListOptions = {}): Promise<DeadLetterEntry[]> {
    const { stream, wire, ask } = this.#options;
    if (after !== undefined && !entryId.test(after))
      throw new InvalidOptionError("list after", after, "the id of a dead letter: 1700000000000-0");
    const from = after === undefined ? "-" : `(${after}`;
    const entries = await ask("xrange", stream.key, from, "+", "COUNT", limit);
    return (entries as readonly RedisEntry[]).map((entry) => {
      const message = new RedisMessage(stream, entry, 1, wire);
      return { id: message.entryId, message };
    });
  }

  async remove(id: string): Promise<boolean> {
    const { stream, ask } = this.#options;
    return entryId.test(id) && Number(await ask("xdel", stream.key, id)) === 1;
  }
}
