import type { MessageBroker } from "./message-broker.js";

/** Discards every message on purpose: for a mediator whose notification events have nowhere to go yet. */
export class DevNullMessageBroker implements MessageBroker {
  async publish(): Promise<void> {}
  async close(): Promise<void> {}
}
