import type { Message, MessageBroker } from "../brokers/message-broker.js";
import type { Subscription } from "../brokers/subscribe-options.js";
import { expect, within } from "./expect.js";

/** What a subscriber of the suite has received, each message once. */
export class ReceivedMessages {
  readonly #messages = new Map<string, Message>();
  readonly #timeoutMs: number;
  #onMessage: (() => void) | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Subscribes; `first` may wait or throw before a message counts as received. */
  async subscribe(
    broker: MessageBroker,
    topic: string,
    first: (message: Message) => unknown = () => {},
  ): Promise<Subscription> {
    expect(broker.subscribe !== undefined, "The broker has no subscribe().");
    return broker.subscribe({
      topics: [topic],
      onMessage: async (message) => {
        await first(message);
        this.add(message);
      },
    });
  }

  add(message: Message): void {
    if (!this.#messages.has(message.id)) this.#messages.set(message.id, message);
    this.#onMessage?.();
  }

  /** In the order in which they came. */
  get all(): readonly Message[] {
    return [...this.#messages.values()];
  }

  get ids(): string[] {
    return [...this.#messages.keys()];
  }

  /** Resolves when all these messages have come; an error when others came, or when it takes too long. */
  async exactly(messages: readonly Message[]): Promise<void> {
    const expected = new Set(messages.map(({ id }) => id));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onMessage = () => {
      if (this.#messages.size >= expected.size) resolve();
    };
    this.#onMessage();
    await within(
      this.#timeoutMs,
      promise,
      () => `${this.#messages.size} of ${expected.size} messages came in time.`,
    );
    const strange = this.ids.filter((id) => !expected.has(id));
    expect(strange.length === 0, `${strange.length} messages came that were not sent here.`);
  }
}
