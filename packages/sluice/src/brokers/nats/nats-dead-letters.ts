import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import type { DeadLetterEntry, DeadLetterListOptions, DeadLetterQueue } from "../dead-letter-queue.js";
import { WireReceivedMessage } from "../received-message.js";
import type { WireFormat } from "../wire-format.js";
import type { NatsClient } from "./nats-client.js";
import { codeOf } from "./nats-errors.js";
import { natsBinding, natsWireMessage } from "./nats-wire.js";

const noMessageFound = 10037;

export interface NatsDeadLettersOptions {
  readonly client: NatsClient;
  readonly stream: string;
  /** The subject of the queue. */
  readonly name: string;
  readonly format: WireFormat;
  readonly add: DeadLetterQueue["add"];
}

/** Dead letters under a subject of a stream; the id of one is its sequence number there. */
export class NatsDeadLetters implements DeadLetterQueue {
  readonly #options: NatsDeadLettersOptions;
  readonly add: DeadLetterQueue["add"];

  constructor(options: NatsDeadLettersOptions) {
    this.#options = options;
    this.add = options.add;
  }

  async list({ limit = 100, after = "0" }: DeadLetterListOptions = {}): Promise<DeadLetterEntry[]> {
    const { name, format } = this.#options;
    if (!/^\d+$/.test(after))
      throw new InvalidOptionError("list after", after, "the id of a dead letter: 42");
    const entries: DeadLetterEntry[] = [];
    let last = Number(after);
    while (entries.length < limit) {
      const stored = await this.#get({ seq: last + 1, next_by_subj: name });
      if (stored === undefined) break;
      const wire = natsWireMessage({ headers: stored.header, data: stored.data }, stored.time);
      const message = new WireReceivedMessage(wire, name, 1, format, natsBinding);
      entries.push({ id: String(stored.seq), message });
      last = stored.seq;
    }
    return entries;
  }

  async remove(id: string): Promise<boolean> {
    const { client, stream, name } = this.#options;
    if (!/^\d+$/.test(id)) return false;
    // The stream may have other subjects besides.
    const stored = await this.#get({ seq: Number(id) });
    if (stored?.subject !== name) return false;
    return client.ask(({ streams }) => streams.deleteMessage(stream, stored.seq));
  }

  async #get(query: object) {
    const { client, stream } = this.#options;
    try {
      return (await client.ask(({ streams }) => streams.getMessage(stream, query))) ?? undefined;
    } catch (error) {
      if (codeOf(error) === noMessageFound) return undefined;
      throw error;
    }
  }
}
