import { existsSync, readFileSync, writeFileSync } from "node:fs";
import {
  type DeadLetterEntry,
  type DeadLetterListOptions,
  type DeadLetterQueue,
  MemoryMessageBroker,
  type WireMessage,
} from "sluice/brokers";

type ReceivedMessage = DeadLetterEntry["message"];
type ForwardOptions = Parameters<MemoryMessageBroker["forward"]>[1];

interface Kept {
  readonly key?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly base64: string;
  readonly attempt: number;
}

interface Content {
  added: number;
  readonly queues: Record<string, [id: string, kept: Kept][]>;
  readonly forwarded: [topic: string, kept: Kept][];
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A broker in memory whose dead letters, and what was forwarded, outlive the process in a file. */
export class FileBroker extends MemoryMessageBroker {
  readonly #file: string;
  readonly content: Content;
  /** Called before each message is forwarded. */
  onForward: ((raw: WireMessage, content: Content) => unknown) | undefined;

  constructor(file: string) {
    super({ logger: quiet });
    this.#file = file;
    this.content = existsSync(file)
      ? JSON.parse(readFileSync(file, "utf8"))
      : { added: 0, queues: {}, forwarded: [] };
  }

  /** Hands over what was forwarded in another process. */
  async deliverForwarded(): Promise<void> {
    for (const [topic, kept] of this.content.forwarded) await super.forward({ raw: wireOf(kept) }, { topic });
  }

  override async forward(message: Pick<ReceivedMessage, "raw">, options: ForwardOptions): Promise<void> {
    await this.onForward?.(message.raw, this.content);
    await super.forward(message, options);
    this.content.forwarded.push([options.topic, keptOf(message.raw, 1, options.headers)]);
  }

  override async deadLetterQueue(name: string): Promise<DeadLetterQueue> {
    const letters = () => {
      this.content.queues[name] ??= [];
      return this.content.queues[name];
    };
    return {
      add: async ({ raw, attempt }, headers) => {
        letters().push([String(++this.content.added), keptOf(raw, attempt, headers)]);
      },
      list: async ({ limit = 100, after }: DeadLetterListOptions = {}) => {
        if (!(limit >= 1 && limit <= 10_000)) throw new RangeError(`limit is ${limit}`);
        const at = letters().findIndex(([id]) => id === after);
        if (after !== undefined && at < 0) throw new RangeError(`There is no dead letter ${after}.`);
        return Promise.all(
          letters()
            .slice(at + 1, at + 1 + limit)
            .map(async ([id, kept]) => ({ id, message: await received(name, kept) })),
        );
      },
      remove: async (id) => {
        const at = letters().findIndex(([each]) => each === id);
        if (at >= 0) letters().splice(at, 1);
        return at >= 0;
      },
    };
  }

  override async close(): Promise<void> {
    await super.close();
    writeFileSync(this.#file, JSON.stringify(this.content));
  }
}

function keptOf({ key, headers, body }: WireMessage, attempt: number, more = {}): Kept {
  return { key, headers: { ...headers, ...more }, base64: Buffer.from(body).toString("base64"), attempt };
}

function wireOf({ key, headers, base64 }: Kept): WireMessage {
  return { key, headers, body: new Uint8Array(Buffer.from(base64, "base64")) };
}

/** A message as the library's own broker reads it. */
async function received(name: string, kept: Kept): Promise<ReceivedMessage> {
  const queue = await new MemoryMessageBroker({ logger: quiet }).deadLetterQueue(name);
  const message = { raw: wireOf(kept), attempt: kept.attempt } as ReceivedMessage;
  await queue.add(message, {}, new AbortController().signal);
  const [entry] = await queue.list();
  return (entry as DeadLetterEntry).message;
}
