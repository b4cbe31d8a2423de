import type { Message } from "../brokers/message.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import { RetryLater } from "../brokers/retry-later.js";
import { expect, within } from "./expect.js";

export type Handle = (message: ReceivedMessage, signal: AbortSignal) => unknown;

interface Try {
  readonly id: string;
  readonly attempt: number;
  /** When it began, in milliseconds. */
  readonly atMs: number;
}

/** What subscribers of the suite have received. */
export class ReceivedMessages {
  /** Each call of `onMessage`. */
  readonly tries: Try[] = [];
  /** What is no message, with what reading it threw. It is taken for done. */
  readonly strays: { readonly message: ReceivedMessage; readonly error: unknown }[] = [];
  /** How many calls are under way. */
  running = 0;
  /** How many were under way at the same moment. */
  peak = 0;
  readonly #handled = new Map<string, ReceivedMessage>();
  readonly #timeoutMs: number;
  readonly #watchers = new Set<() => void>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** An `onMessage`: a message counts as handled when `handle` resolves, and not with a {@link RetryLater}. */
  handling(handle: Handle = () => {}): (message: ReceivedMessage, signal: AbortSignal) => Promise<unknown> {
    return async (message, signal) => {
      const { attempt } = message;
      const id = this.#idOf(message);
      if (id === undefined) return;
      this.tries.push({ id, attempt, atMs: performance.now() });
      this.peak = Math.max(this.peak, ++this.running);
      this.#changed();
      try {
        const answer = await handle(message, signal);
        if (!(answer instanceof RetryLater || this.#handled.has(id))) this.#handled.set(id, message);
        return answer;
      } finally {
        this.running--;
        this.#changed();
      }
    };
  }

  /** Each once, in the order in which they were handled first. */
  get all(): readonly ReceivedMessage[] {
    return [...this.#handled.values()];
  }

  get ids(): string[] {
    return [...this.#handled.keys()];
  }

  has({ id }: Pick<Message, "id">): boolean {
    return this.#handled.has(id);
  }

  triesOf({ id }: Pick<Message, "id">): readonly Try[] {
    return this.tries.filter((each) => each.id === id);
  }

  /** Resolves when it holds; it is looked at whenever something happens here. */
  async until(holds: () => boolean, otherwise: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (holds()) resolve();
    };
    this.#watchers.add(look);
    look();
    try {
      const sizes = () => `${otherwise} ${this.tries.length} tries, ${this.#handled.size} messages handled.`;
      await within(this.#timeoutMs, promise, sizes);
    } finally {
      this.#watchers.delete(look);
    }
  }

  /** Resolves when so many calls are under way. */
  whenRunning(count: number): Promise<void> {
    return this.until(() => this.running >= count, `${count} messages were not given at the same moment.`);
  }

  /** Resolves when all these messages are handled; an error when others came, or when it takes too long. */
  async exactly(messages: readonly Message[]): Promise<void> {
    await this.until(
      () => this.#handled.size >= messages.length,
      `${messages.length} messages did not come in time.`,
    );
    const expected = new Set(messages.map(({ id }) => id));
    const strange = this.ids.filter((id) => !expected.has(id));
    expect(strange.length === 0, `${strange.length} messages came that were not sent here.`);
  }

  /** Fails when a message was given more than once. */
  expectNoRepeats(): void {
    const repeats = this.tries.length - new Set(this.tries.map(({ id }) => id)).size;
    expect(repeats === 0, `${repeats} messages came more than once.`);
  }

  #idOf(message: ReceivedMessage): string | undefined {
    try {
      return message.id;
    } catch (error) {
      this.strays.push({ message, error });
      this.#changed();
      return undefined;
    }
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }
}
