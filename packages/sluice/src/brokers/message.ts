import type { Headers } from "../messages/metadata.js";

/** What a broker carries. */
export interface Message {
  /** The event's id, the same on every try (rule M3). */
  readonly id: string;
  /** The event's name on the wire. */
  readonly name: string;
  readonly topic: string;
  /** Messages of one key keep their order. */
  readonly key?: string | undefined;
  /** The moment the event happened. */
  readonly timestamp: Date;
  /** `correlation-id` and `causation-id` among them, where they are known. */
  readonly headers: Headers;
  readonly payload: unknown;
  /**
   * The payload as bytes, where it was written before, as by an outbox: a broker sends them as they are. Such a message
   * makes its `payload` of them when that is asked for.
   */
  readonly encoded?: EncodedPayload | undefined;
}

export interface EncodedPayload {
  /** The media type of {@link bytes}: `application/json`. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}
