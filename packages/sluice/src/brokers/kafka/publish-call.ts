import { BrokerUnavailableError, PublishFailedError } from "../publish-errors.js";
import type { WrittenRecord } from "./kafka-wire.js";

/** A message on its way out. */
export interface Outgoing {
  readonly id: string;
  readonly topic: string;
  /** Messages of one key keep their order. */
  readonly key: string | undefined;
  readonly record: WrittenRecord;
  readonly call: PublishCall;
}

/** What became of the messages of one `publish()`. */
export class PublishCall {
  readonly #failures = new Map<string, unknown>();
  readonly #size: number;
  readonly #settled = Promise.withResolvers<void>();
  #left: number;
  #isOver = false;

  constructor(size: number) {
    this.#size = size;
    this.#left = size;
  }

  /** Whether nobody waits for its messages any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many of its messages have not arrived yet. */
  get left(): number {
    return this.#left;
  }

  /** Resolves when all have arrived. */
  get arrived(): Promise<void> {
    return this.#settled.promise;
  }

  arrive(): void {
    if (--this.#left === 0) this.#end();
  }

  fail({ id }: Outgoing, error: unknown): void {
    if (this.#isOver) return;
    this.#failures.set(id, error);
    if (--this.#left === 0) this.#end();
  }

  /** Ends it for a reason that is not in a message. */
  giveUp(reason: unknown): void {
    this.#isOver = true;
    this.#settled.reject(reason);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { size } = this.#failures;
    if (size === 0) return this.#settled.resolve();
    const errors = [...this.#failures.values()];
    const isOne = this.#size === 1;
    const noneArrived = size === this.#size && errors.every((each) => each instanceof BrokerUnavailableError);
    this.#settled.reject(isOne || noneArrived ? errors[0] : new PublishFailedError(this.#failures));
  }
}
