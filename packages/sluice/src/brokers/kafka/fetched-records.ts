import type { KafkaRecord, KafkaRecordBatch } from "./kafka-client.js";

/** A record where it lies in its partition. */
export interface FetchedRecord {
  readonly offset: number;
  readonly record: KafkaRecord;
  readonly firstTimestamp: bigint;
}

const isControl = 1 << 5;

/** Adds the records from an offset on to those that are there; gives the offset behind them. */
export function readBatches(
  batches: readonly KafkaRecordBatch[],
  from: number,
  into: FetchedRecord[],
): number {
  let next = from;
  for (const { firstOffset, lastOffsetDelta, firstTimestamp, attributes, records } of batches) {
    const first = Number(firstOffset);
    next = Math.max(next, first + lastOffsetDelta + 1);
    if ((attributes & isControl) !== 0) continue;
    for (const record of records) {
      const offset = first + record.offsetDelta;
      // A batch comes whole, also where the first of its messages are behind.
      if (offset >= from) into.push({ offset, record, firstTimestamp });
    }
  }
  return next;
}
