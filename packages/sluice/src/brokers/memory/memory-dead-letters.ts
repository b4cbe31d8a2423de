import type { Headers } from "../../messages/metadata.js";
import type { DeadLetterEntry, DeadLetterListOptions, DeadLetterQueue } from "../dead-letter-queue.js";
import type { ReceivedMessage } from "../received-message.js";
import type { MemoryLog } from "./memory-log.js";

/** Dead letters within the process. */
export class MemoryDeadLetters implements DeadLetterQueue {
  readonly #name: string;
  readonly #log: MemoryLog;
  readonly #entries = new Map<string, DeadLetterEntry>();
  #added = 0;

  constructor(name: string, log: MemoryLog) {
    this.#name = name;
    this.#log = log;
  }

  async add({ raw, attempt }: ReceivedMessage, headers: Headers): Promise<void> {
    const id = String(++this.#added);
    const message = this.#log.received(
      this.#name,
      { ...raw, headers: { ...raw.headers, ...headers } },
      attempt,
    );
    this.#entries.set(id, { id, message });
  }

  async list({ limit = 100, after }: DeadLetterListOptions = {}): Promise<DeadLetterEntry[]> {
    const behind = after === undefined ? 0 : Number(after);
    return [...this.#entries.values()].filter(({ id }) => Number(id) > behind).slice(0, limit);
  }

  async remove(id: string): Promise<boolean> {
    return this.#entries.delete(id);
  }
}
