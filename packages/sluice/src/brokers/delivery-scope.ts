import { type CountedMessage, Delivery, type OnSettled, type Outcome, type Scope } from "./delivery.js";

const longestMs = 2 ** 31 - 1;

/** Who has the messages of several scopes handled. */
export interface ScopeOwner {
  enter(delivery: Delivery): void;
  leave(delivery: Delivery): void;
  forget(scope: DeliveryScope): void;
}

/** Messages that are given up together: those of one partition, or of a whole subscription. */
export class DeliveryScope implements Scope {
  readonly #deliveries: ScopeOwner;
  readonly #open = new Set<Delivery>();
  readonly #aborting = new AbortController();
  #isClosing = false;
  #onEmpty: (() => void) | undefined;

  constructor(deliveries: ScopeOwner) {
    this.#deliveries = deliveries;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  /** Has the message handled in its turn; `onSettled` is called once, when it is known what becomes of it. */
  add(message: CountedMessage, onSettled: OnSettled): void {
    if (this.#isClosing) return onSettled("released", message.attempt);
    const delivery = new Delivery(message, this, onSettled);
    this.#open.add(delivery);
    this.#deliveries.enter(delivery);
  }

  settle(delivery: Delivery, outcome: Outcome): void {
    clearTimeout(delivery.timer);
    const { attempt } = delivery.message;
    const nextAttempt = delivery.state === "running" ? attempt + 1 : attempt;
    this.#open.delete(delivery);
    this.#deliveries.leave(delivery);
    delivery.onSettled(outcome, nextAttempt);
    if (this.#open.size === 0) this.#onEmpty?.();
  }

  /**
   * Takes nothing more, leaves to others what is not being handled, and waits so long for the rest; then it aborts the
   * signal, and leaves that to others too, whatever becomes of it here. Gives how many are still being handled.
   */
  async close(waitMs: number): Promise<number> {
    this.#isClosing = true;
    // Those that wait first: none of them is to go because the one before it has left.
    this.#release(({ state }) => state === "waiting");
    this.#release(({ state }) => state !== "running");
    if (this.#open.size > 0) await this.#empty(waitMs);
    const left = this.#open.size;
    this.#aborting.abort(new DOMException("The subscription is closed.", "AbortError"));
    this.#release(() => true);
    this.#deliveries.forget(this);
    return left;
  }

  #empty(waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(waitMs, longestMs));
    this.#onEmpty = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  #release(which: (delivery: Delivery) => boolean): void {
    for (const delivery of this.#open) if (which(delivery)) this.settle(delivery, "released");
  }
}
