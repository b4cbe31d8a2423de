import { type FileHandle, open } from "node:fs/promises";
import type { Message, MessageBroker } from "sluice";
import { BrokerUnavailableError } from "sluice/brokers";

const newline = "\n".charCodeAt(0);

/**
 * A broker that is a file of JSON lines, so that one can see what was published. A line is there for good when `publish`
 * resolves, also after a power cut. As with every broker that an outbox feeds, an event may come more than once, with the
 * same id; a process that is killed while it writes may leave a line that ends in the middle.
 */
export class EventsFile implements MessageBroker {
  readonly #file: FileHandle;
  #endsInLine: boolean;
  /** How many messages this process has written. */
  published = 0;

  private constructor(file: FileHandle, endsInLine: boolean) {
    this.#file = file;
    this.#endsInLine = endsInLine;
  }

  static async open(path: string): Promise<EventsFile> {
    const file = await open(path, "a+");
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    return new EventsFile(file, bytesRead === 1 && buffer[0] !== newline);
  }

  async publish(messages: readonly Message[]): Promise<void> {
    const lines = messages.map(({ id, name, topic, key, timestamp, payload }) =>
      JSON.stringify({ id, name, topic, key, at: timestamp, payload }),
    );
    const text = Buffer.from(`${this.#endsInLine ? "\n" : ""}${lines.join("\n")}\n`);
    this.#endsInLine = true; // until all of it is written
    try {
      const { bytesWritten } = await this.#file.write(text);
      if (bytesWritten < text.length)
        throw new Error(`only ${bytesWritten} of ${text.length} bytes were written`);
      await this.#file.datasync();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new BrokerUnavailableError(`the events file takes nothing: ${reason}`, { cause: error });
    }
    this.#endsInLine = false;
    this.published += messages.length;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
