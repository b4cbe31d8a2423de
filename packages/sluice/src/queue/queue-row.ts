/** A message as a store keeps it, and what became of it so far. */
export interface QueueRow {
  /** Its place: from 1 up, in the order of writing. Two transactions may commit in the other order. */
  readonly id: number;
  readonly bucket: number;
  readonly keyHash: number;
  readonly messageId: string;
  /** The message's name on the wire. */
  readonly name: string;
  readonly topic: string;
  readonly key: string | undefined;
  /** The moment the event happened, in milliseconds since 1970, UTC. */
  readonly timestamp: number;
  readonly contentType: string;
  /** JSON of an object of texts. */
  readonly headers: string;
  readonly body: Uint8Array;
  /** How often it was tried, and failed. */
  readonly attempts: number;
}

/** What of a row is known before it is written. */
export type NewRow = Omit<QueueRow, "id" | "bucket" | "attempts">;

/** What becomes of a row. It begins as `"pending"`, and a dead letter that is replayed is so again. */
export type QueueState = "pending" | "done" | "dead";

/** A row as a person looks at it. */
export interface QueueRecord extends Omit<QueueRow, "bucket" | "keyHash"> {
  readonly state: QueueState;
  readonly createdAt: Date;
  /** Where it waits for its next try. */
  readonly nextTryAt: Date | undefined;
  /** What its last failure said. */
  readonly lastError: string | undefined;
}
