import { PublishFailedError } from "../publish-errors.js";
import type { WireMessage } from "../wire-format.js";
import type { RabbitMQEnvelope } from "./rabbitmq-client.js";
import { problemOf } from "./rabbitmq-wire.js";
import { asBuffer } from "./whole-bodies.js";

/** A message on its way to the server. */
export class OutgoingMessage {
  /** The server gave it back: no queue is bound for it. */
  isReturned = false;
  isConfirmed = false;
  isSettled = false;

  constructor(
    readonly id: string,
    readonly key: string | undefined,
    readonly envelope: RabbitMQEnvelope,
    readonly body: Uint8Array,
    readonly batch: OutgoingBatch,
  ) {}
}

/** What was published in one call; `promise` says what became of it. */
export class OutgoingBatch {
  readonly messages: OutgoingMessage[] = [];
  readonly #failures = new Map<string, unknown>();
  readonly #done = Promise.withResolvers<void>();
  #settled = 0;
  #failed = 0;

  constructor() {
    // It may be known before anybody waits for it.
    this.#done.promise.catch(() => {});
  }

  /** One message, as it came. */
  static of({ key, body }: WireMessage, envelope: RabbitMQEnvelope): OutgoingBatch {
    const batch = new OutgoingBatch();
    batch.add(envelope.messageId ?? "the message", key, body, envelope);
    return batch;
  }

  get promise(): Promise<void> {
    return this.#done.promise;
  }

  /** Adds a message, before any is settled. */
  add(id: string, key: string | undefined, body: Uint8Array, envelope: RabbitMQEnvelope): void {
    this.messages.push(new OutgoingMessage(id, key, envelope, asBuffer(body), this));
  }

  /** Settles those that AMQP cannot carry. */
  refuseUnsendable(): void {
    for (const message of this.messages) {
      const problem = problemOf(message.id, message.envelope);
      if (problem !== undefined) this.fail(message, problem, () => false);
    }
  }

  settle(message: OutgoingMessage, failure?: { readonly error: unknown }): void {
    if (message.isSettled) return;
    message.isSettled = true;
    this.#settled++;
    if (failure !== undefined) {
      this.#failed++;
      this.#failures.set(message.id, failure.error);
    }
    if (this.#settled === this.messages.length) this.#end();
  }

  /** Gives up all that is not settled. */
  giveUp(error: unknown): void {
    for (const message of this.messages) this.settle(message, { error });
  }

  /** Gives up a message, and those behind it of its key, which would get before it if it is tried again. */
  fail(message: OutgoingMessage, error: unknown, isSent: (other: OutgoingMessage) => boolean): void {
    this.settle(message, { error });
    if (message.key === undefined) return;
    const behind = this.messages.slice(this.messages.indexOf(message) + 1);
    for (const other of behind) {
      if (other.key === message.key && !other.isSettled && !isSent(other))
        this.settle(other, {
          error: new Error(`it was not sent, because ${message.id} of its key was not taken`, {
            cause: error,
          }),
        });
    }
  }

  #end(): void {
    if (this.#failed === 0) return this.#done.resolve();
    const [first, ...rest] = new Set(this.#failures.values());
    if (rest.length === 0 && this.#failed === this.messages.length) this.#done.reject(first);
    else this.#done.reject(new PublishFailedError(this.#failures));
  }
}
