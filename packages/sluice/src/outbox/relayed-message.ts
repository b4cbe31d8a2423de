import type { Message } from "../brokers/message.js";
import type { MessageRegistry } from "../messages/message-registry.js";
import type { Headers } from "../messages/metadata.js";
import type { NotificationEvent } from "../messages/notification-event.js";
import type { QueueRow } from "../queue/queue-row.js";

/** A row as the message that a broker carries; what a broker does not ask for is not made. */
export class RelayedMessage implements Message {
  readonly #row: QueueRow;
  readonly #registry: MessageRegistry;

  constructor(row: QueueRow, registry: MessageRegistry) {
    this.#row = row;
    this.#registry = registry;
  }

  get id(): string {
    return this.#row.messageId;
  }

  get name(): string {
    return this.#row.name;
  }

  get topic(): string {
    return this.#row.topic;
  }

  get key(): string | undefined {
    return this.#row.key;
  }

  get timestamp(): Date {
    return new Date(this.#row.timestamp);
  }

  get headers(): Headers {
    return JSON.parse(this.#row.headers);
  }

  get encoded(): { readonly contentType: string; readonly bytes: Uint8Array } {
    return { contentType: this.#row.contentType, bytes: this.#row.body };
  }

  get payload(): unknown {
    const decoded = this.#registry.decode(this.#row.name, this.#row.body, this);
    if (!decoded.ok) throw decoded.error;
    return (decoded.message as NotificationEvent).payload;
  }
}
