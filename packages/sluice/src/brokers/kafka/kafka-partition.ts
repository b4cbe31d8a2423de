import type { DeliveryScope } from "../delivery-scope.js";
import type { WireFormat } from "../wire-format.js";
import { type FetchedRecord, readBatches } from "./fetched-records.js";
import type { KafkaRecordBatch } from "./kafka-client.js";
import { KafkaReceivedMessage } from "./kafka-wire.js";
import type { OffsetState } from "./offset-state.js";
import { OffsetTracker } from "./offset-tracker.js";

/** A partition that this subscription reads. */
export class KafkaPartition {
  readonly name: string;
  isClosed = false;
  /** Undefined until it is known where to begin. */
  #tracker: OffsetTracker | undefined;
  /** The offset to fetch next. */
  #position = 0;
  #fetched: FetchedRecord[] = [];
  #taken = 0;

  constructor(
    readonly topic: string,
    readonly index: number,
    readonly scope: DeliveryScope,
  ) {
    this.name = `${topic}:${index}`;
  }

  get tracker(): OffsetTracker | undefined {
    return this.#tracker;
  }

  get position(): number {
    return this.#position;
  }

  begin(offset: number, state: OffsetState): void {
    this.#tracker = new OffsetTracker(offset, state);
    this.#position = offset;
  }

  /** Whether it can be read, and too little of it is left to hand over. */
  get isWanted(): boolean {
    return (
      !this.isClosed &&
      this.#tracker !== undefined &&
      this.#fetched.length - this.#taken <= this.#fetched.length / 4
    );
  }

  get hasMore(): boolean {
    return this.#taken < this.#fetched.length;
  }

  /** Takes in what was fetched from `position` on. */
  receive(batches: readonly KafkaRecordBatch[]): void {
    const fetched = this.#fetched.slice(this.#taken);
    this.#position = readBatches(batches, this.#position, fetched);
    this.#fetched = fetched;
    this.#taken = 0;
    this.#passEmpty();
  }

  /** The next message that is not done yet. */
  take(format: WireFormat): KafkaReceivedMessage | undefined {
    const tracker = this.#tracker as OffsetTracker;
    while (this.#taken < this.#fetched.length) {
      const { offset, record, firstTimestamp } = this.#fetched[this.#taken++] as FetchedRecord;
      const tries = tracker.read(offset);
      if (tries !== undefined) {
        const message = new KafkaReceivedMessage(
          record,
          firstTimestamp,
          offset,
          this.topic,
          this.name,
          tries + 1,
          format,
        );
        tracker.begin(offset, message);
        return message;
      }
    }
    this.#passEmpty();
    return undefined;
  }

  /** Begins again elsewhere: what lies at its position is not there. */
  moveTo(offset: number): void {
    this.#position = offset;
    this.#passEmpty();
  }

  /** What lies between messages, as the marks of transactions do, needs no handling. */
  #passEmpty(): void {
    if (!this.hasMore) this.#tracker?.pass(this.#position);
  }
}
