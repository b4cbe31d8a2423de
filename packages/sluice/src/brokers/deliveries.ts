import type { Logger } from "../handlers/logger.js";
import { backoff } from "../resilience/backoff.js";
import type { CountedMessage, Delivery, Outcome } from "./delivery.js";
import { DeliveryScope, type ScopeOwner } from "./delivery-scope.js";
import { KeyOrder } from "./key-order.js";
import { RetryLater } from "./retry-later.js";
import type { SubscribeSettings } from "./subscribe-options.js";

export interface DeliveriesOptions {
  readonly logger: Logger;
  /** Whether the broker itself keeps messages for later whose order does not matter. @default false */
  readonly canDelay?: boolean | undefined;
  /**
   * Whether the broker counts a try each time that it gives a message, whatever it is told: what is not to count waits
   * here.
   * @default false
   */
  readonly countsDeliveries?: boolean | undefined;
  /** What becomes of a message that failed: another try, or nothing more. @default another try, ever later */
  readonly onFailure?: ((message: CountedMessage, error: unknown) => RetryLater | undefined) | undefined;
}

const wait = { baseMs: 200, maxMs: 30_000 };

/**
 * Has the messages of one subscription handled: those of a key one after another, others at the same time, `concurrency`
 * at most. What fails is tried again here, and nobody acknowledges it meanwhile (rules C1 to C3).
 */
export class Deliveries implements ScopeOwner {
  readonly #settings: SubscribeSettings;
  readonly #options: DeliveriesOptions;
  readonly #order = new KeyOrder();
  readonly #scopes = new Set<DeliveryScope>();
  #ready: Delivery[] = [];
  /** Where `#ready` begins: taking from the front of a long array moves all of it. */
  #first = 0;
  #size = 0;
  #running = 0;
  #isStarting = false;
  #room: PromiseWithResolvers<void> | undefined;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(settings: SubscribeSettings, options: DeliveriesOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** How many messages may still be taken: `prefetch` less those that are not settled (rule C2). */
  get free(): number {
    return this.#settings.prefetch - this.#size;
  }

  /** Resolves when another message may be taken; `undefined` where it may be at once. */
  room(): Promise<void> | undefined {
    if (this.free > 0) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Resolves when all that was taken is settled; `undefined` where nothing is under way. */
  idle(): Promise<void> | undefined {
    if (this.#size === 0) return undefined;
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** For messages that are given up together. */
  scope(): DeliveryScope {
    const scope = new DeliveryScope(this);
    this.#scopes.add(scope);
    return scope;
  }

  forget(scope: DeliveryScope): void {
    this.#scopes.delete(scope);
  }

  /** Closes all scopes: gives up what is under way, after `closeTimeoutMs` also what is being handled. */
  async close(): Promise<void> {
    const { closeTimeoutMs, topics } = this.#settings;
    const left = await Promise.all(Array.from(this.#scopes, (scope) => scope.close(closeTimeoutMs)));
    const running = left.reduce((sum, each) => sum + each, 0);
    if (running === 0) return;
    const what = `A subscriber of ${topics} was still handling ${running} messages ${closeTimeoutMs} ms after it was closed; they are not acknowledged and come again.`;
    this.#options.logger.warn({ topics, running, closeTimeoutMs }, what);
  }

  enter(delivery: Delivery): void {
    this.#size++;
    const { orderBy } = this.#settings;
    try {
      if (orderBy !== "none")
        delivery.key = orderBy === "key" ? delivery.message.key : orderBy(delivery.message);
    } catch (error) {
      delivery.problem = { error };
    }
    if (this.#order.enter(delivery)) this.#getReady(delivery);
  }

  leave(delivery: Delivery): void {
    this.#size--;
    const { state } = delivery;
    delivery.state = "settled";
    const next = state === "waiting" ? undefined : this.#order.leave(delivery);
    if (next !== undefined) this.#getReady(next);
    this.#room?.resolve();
    this.#room = undefined;
    if (this.#size > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #getReady(delivery: Delivery): void {
    delivery.state = "ready";
    this.#ready.push(delivery);
    this.#startReady();
  }

  #startReady(): void {
    // A subscriber that answers at once gets here from within: the loop below goes on with what is ready by then.
    if (this.#isStarting) return;
    this.#isStarting = true;
    try {
      while (this.#running < this.#settings.concurrency && this.#first < this.#ready.length) {
        const delivery = this.#ready[this.#first++] as Delivery;
        if (delivery.state === "ready") this.#start(delivery);
      }
    } finally {
      this.#isStarting = false;
    }
    if (this.#first === this.#ready.length || this.#first > 1_000) {
      this.#ready = this.#ready.slice(this.#first);
      this.#first = 0;
    }
  }

  #start(delivery: Delivery): void {
    delivery.state = "running";
    this.#running++;
    let answer: unknown;
    try {
      if (delivery.problem !== undefined) throw delivery.problem.error;
      answer = this.#settings.onMessage(delivery.message, delivery.scope.signal);
    } catch (error) {
      return this.#fail(delivery, error);
    }
    if (typeof (answer as PromiseLike<unknown> | undefined)?.then !== "function")
      return this.#succeed(delivery, answer);
    (answer as PromiseLike<unknown>).then(
      (value) => this.#succeed(delivery, value),
      (error) => this.#fail(delivery, error),
    );
  }

  #succeed(delivery: Delivery, answer: unknown): void {
    this.#end(delivery, answer instanceof RetryLater ? answer : "done");
  }

  #fail(delivery: Delivery, error: unknown): void {
    const { message, scope } = delivery;
    if (scope.isClosing) return this.#end(delivery, "released");
    const { onFailure = (...failure) => this.#tryAgain(...failure) } = this.#options;
    this.#end(delivery, onFailure(message, error) ?? "done");
  }

  #end(delivery: Delivery, outcome: Outcome): void {
    this.#running--;
    const { state, scope } = delivery;
    // What was given up while it was being handled is others' by now.
    if (state === "running") {
      if (outcome instanceof RetryLater) this.#retry(delivery, outcome);
      else scope.settle(delivery, outcome);
    }
    this.#startReady();
  }

  #retry(delivery: Delivery, later: RetryLater): void {
    const { message, scope, key } = delivery;
    delivery.state = "retrying";
    if (later.counts) message.attempt++;
    if (scope.isClosing) return scope.settle(delivery, "released");
    const { canDelay = false, countsDeliveries = false } = this.#options;
    if (canDelay && key === undefined && (later.counts || !countsDeliveries))
      return scope.settle(delivery, later);
    if (later.afterMs === 0) return this.#getReady(delivery);
    delivery.timer = setTimeout(() => this.#getReady(delivery), later.afterMs);
  }

  #tryAgain({ topic, attempt }: CountedMessage, error: unknown): RetryLater {
    const later = new RetryLater(backoff(attempt, wait));
    const what = `A subscriber of ${topic} failed on try ${attempt}; the next one is in ${later.afterMs} ms.`;
    this.#options.logger.warn({ topic, attempt, error }, what);
    return later;
  }
}
