import { openSync, writeSync } from "node:fs";
import type { Message, MessageBroker } from "sluice";
import { PublishFailedError } from "sluice/brokers";

export interface LogBrokerOptions {
  readonly path: string;
  /** Who writes. */
  readonly relay: string;
  /** How long a publish takes, in milliseconds. */
  readonly delayMs?: number;
  /** What goes wrong with a message, if it does. */
  readonly failureOf?: (message: Message) => Error | undefined;
}

/**
 * Stands in for a broker: a message has arrived when its line is in the file, which takes lines of any number of
 * processes, each whole and in the order of writing.
 */
export class LogBroker implements MessageBroker {
  readonly #options: LogBrokerOptions;
  readonly #file: number;

  constructor(options: LogBrokerOptions) {
    this.#options = options;
    this.#file = openSync(options.path, "a");
  }

  async publish(messages: readonly Message[]): Promise<void> {
    const { relay, delayMs = 0, failureOf } = this.#options;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const failures = new Map<string, unknown>();
    const lines: string[] = [];
    const failedKeys = new Set<string>();
    for (const message of messages) {
      const { id, topic, key = id } = message;
      const order = `${topic}\n${key}`;
      const failure = failedKeys.has(order) ? new Error("one before it failed") : failureOf?.(message);
      if (failure === undefined) lines.push(line("arrived", message, relay));
      else {
        if (!failedKeys.has(order)) lines.push(line("failed", message, relay));
        failedKeys.add(order);
        failures.set(id, failure);
      }
    }
    writeSync(this.#file, lines.join(""));
    if (failures.size > 0) throw new PublishFailedError(failures);
  }

  /** A line that is no message. */
  note(what: string, count: number, relay: string): void {
    writeSync(this.#file, `${what}\t${count}\t${relay}\t${Date.now()}\n`);
  }

  async close(): Promise<void> {}
}

function line(what: string, { id, topic, key, payload }: Message, relay: string): string {
  const { seq } = payload as { readonly seq: number };
  return `${[what, id, topic, key, seq, relay, Date.now()].join("\t")}\n`;
}
