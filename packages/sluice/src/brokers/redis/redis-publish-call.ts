import { BrokerUnavailableError, PublishFailedError } from "../publish-errors.js";
import type { Argument } from "./redis-client.js";

/** A message on its way. */
export interface Outgoing {
  readonly id: string;
  readonly topic: string;
  readonly key: string | undefined;
  /** What comes behind `XADD`. */
  readonly entry: readonly Argument[];
}

/** One call of `publish`: it ends when each of its messages has arrived or failed, when it is late, when it is aborted. */
export class RedisPublishCall {
  readonly #result = Promise.withResolvers<void>();
  readonly #failures = new Map<string, unknown>();
  readonly #onEnd: Array<() => void> = [];
  #isOver = false;
  readonly size: number;
  /** What has neither arrived nor failed. */
  open: readonly Outgoing[];

  constructor(messages: readonly Outgoing[]) {
    this.open = messages;
    this.size = messages.length;
  }

  get result(): Promise<void> {
    return this.#result.promise;
  }

  onEnd(callback: () => void): void {
    this.#onEnd.push(callback);
  }

  /** Gives up after so long, and when the signal aborts: what is under way may still arrive. */
  limit(timeoutMs: number, late: () => Error, signal: AbortSignal): void {
    const timer = setTimeout(() => this.abandon(late()), timeoutMs);
    const abort = () => this.abandon(signal.reason);
    signal.addEventListener("abort", abort);
    this.onEnd(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    });
  }

  /** The message failed; so do those behind it with its key, which are not sent. */
  fail(failed: Outgoing, error: unknown): void {
    this.#failures.set(failed.id, error);
    const rest: Outgoing[] = [];
    let isBehind = false;
    for (const message of this.open) {
      if (message === failed) isBehind = true;
      else if (!(isBehind && isSameKey(message, failed))) rest.push(message);
      else this.#failures.set(message.id, new PublishFailedError(new Map([[failed.id, error]])));
    }
    this.open = rest;
    if (rest.length === 0) this.arrive();
  }

  /** All that is open has arrived. */
  arrive(): void {
    this.open = [];
    const failure = this.#failure();
    if (failure !== undefined) return this.abandon(failure);
    this.#end(this.#result.resolve);
  }

  abandon(error: unknown): void {
    this.open = [];
    this.#end(() => this.#result.reject(error));
  }

  #end(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const callback of this.#onEnd) callback();
    settle();
  }

  #failure(): unknown {
    const [first] = this.#failures.values();
    const isAll = this.#failures.size === this.size;
    if (isAll && (this.size === 1 || first instanceof BrokerUnavailableError)) return first;
    return this.#failures.size > 0 ? new PublishFailedError(this.#failures) : undefined;
  }
}

function isSameKey(a: Outgoing, b: Outgoing): boolean {
  return a.key !== undefined && a.key === b.key && a.topic === b.topic;
}
