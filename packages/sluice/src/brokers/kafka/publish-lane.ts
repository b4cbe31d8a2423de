import type { KafkaProducerIdentity } from "./kafka-client.js";
import type { Outgoing } from "./publish-call.js";

/** A batch as it is sent, and sent again until it is known what became of it: it must not change meanwhile. */
export interface Batch {
  readonly messages: readonly Outgoing[];
  readonly identity: KafkaProducerIdentity;
  readonly sequence: number;
}

/** A broker takes about as many bytes for one partition at once, unless it was told otherwise. */
const maxBatchBytes = 900_000;

/** The messages for one partition, in their order: one batch at a time is under way. */
export class PublishLane {
  #queue: Outgoing[] = [];
  #batch: Batch | undefined;
  /** The number of the next message under this identity. */
  #sequence = 0;
  #identity: KafkaProducerIdentity | undefined;
  #maxMessages = Number.POSITIVE_INFINITY;

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  get isEmpty(): boolean {
    return this.#batch === undefined && this.#queue.length === 0;
  }

  get batch(): Batch | undefined {
    return this.#batch;
  }

  add(message: Outgoing): void {
    this.#queue.push(message);
  }

  /** The batch under way, or the next one. */
  next(identity: KafkaProducerIdentity): Batch | undefined {
    if (this.#batch !== undefined) return this.#batch;
    const count = this.#countOfNext();
    if (count === 0) return undefined;
    if (this.#identity !== identity) this.#sequence = 0;
    this.#identity = identity;
    const messages = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    this.#batch = { messages, identity, sequence: this.#sequence };
    return this.#batch;
  }

  #countOfNext(): number {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#queue) {
      bytes += record.size;
      if (count > 0 && (bytes > maxBatchBytes || count >= this.#maxMessages)) break;
      count++;
    }
    return count;
  }

  /** The broker has the batch. */
  arrive(): readonly Outgoing[] {
    const { messages } = this.#take();
    // A sequence number is a signed number of 32 bits that goes on from 0.
    this.#sequence = (this.#sequence + messages.length) & 0x7fffffff;
    this.#maxMessages = Number.POSITIVE_INFINITY;
    return messages;
  }

  /** The broker has certainly not taken the batch: its messages go in two. */
  split(): void {
    const { messages } = this.#take();
    this.#queue = [...messages, ...this.#queue];
    this.#maxMessages = Math.ceil(messages.length / 2);
  }

  /** The broker has certainly not taken the batch, and nobody wants it to. */
  drop(): readonly Outgoing[] {
    return this.#take().messages;
  }

  /** The broker has forgotten who sent the batch, and has not taken it: it goes again, numbered from 0. */
  forgetSender(): void {
    const { messages } = this.#take();
    this.#queue = [...messages, ...this.#queue];
    this.#identity = undefined;
  }

  /** Whether nobody waits any more for what is under way. */
  get isAbandoned(): boolean {
    return this.#batch?.messages.every(({ call }) => call.isOver) ?? false;
  }

  /** Takes out what waits and is not under way. */
  remove(which: (message: Outgoing) => boolean): Outgoing[] {
    const removed = this.#queue.filter(which);
    if (removed.length > 0) this.#queue = this.#queue.filter((message) => !which(message));
    return removed;
  }

  #take(): Batch {
    const batch = this.#batch as Batch;
    this.#batch = undefined;
    return batch;
  }
}
