import type { Headers } from "../../messages/metadata.js";
import type { CountedMessage } from "../delivery.js";
import type { EncodedPayload } from "../message.js";
import { WireReceivedMessage } from "../received-message.js";
import type { WireFormat, WireMessage } from "../wire-format.js";
import { keyOf, redisBinding, wireOf } from "./redis-wire.js";

export interface RedisStream {
  readonly topic: string;
  readonly key: string;
}

/** An entry of a stream as Redis gives it: its id, then fields and values. */
export type RedisEntry = readonly [id: Uint8Array, fields: readonly Uint8Array[]];

/**
 * A message as a subscriber holds it. Of an entry only id and key are read at once, and the rest where it is asked for: a
 * stream that is read quickly is mostly texts to decode.
 */
export class RedisMessage implements CountedMessage {
  attempt: number;
  readonly topic: string;
  readonly stream: string;
  readonly entryId: string;
  readonly key: string | undefined;
  /** Which try the next one is, where the message was given up. */
  next: number | undefined;
  /** The try that Redis knows of. */
  counted: number;
  /** Whether another member has it by now, because this one said nothing for too long. */
  isTaken = false;
  readonly #fields: readonly Uint8Array[];
  readonly #format: WireFormat;
  #message: WireReceivedMessage | undefined;

  constructor({ topic, key }: RedisStream, [id, fields]: RedisEntry, attempt: number, format: WireFormat) {
    this.attempt = attempt;
    this.counted = attempt;
    this.topic = topic;
    this.stream = key;
    this.entryId = `${id}`;
    this.key = keyOf(fields);
    this.#fields = fields;
    this.#format = format;
  }

  get #read(): WireReceivedMessage {
    this.#message ??= new WireReceivedMessage(
      wireOf(this.entryId, this.key, this.#fields),
      this.topic,
      this.attempt,
      this.#format,
      redisBinding,
    );
    return this.#message;
  }

  get raw(): WireMessage {
    return this.#read.raw;
  }

  get id(): string {
    return this.#read.id;
  }

  get name(): string {
    return this.#read.name;
  }

  get timestamp(): Date {
    return this.#read.timestamp;
  }

  get headers(): Headers {
    return this.#read.headers;
  }

  get encoded(): EncodedPayload {
    return this.#read.encoded;
  }

  get payload(): unknown {
    return this.#read.payload;
  }
}
