import { contentEncodingOf } from "../messages/compression.js";
import { jsonCodec } from "../messages/json-codec.js";
import type { Headers } from "../messages/metadata.js";
import type { EncodedPayload, Message } from "./message.js";
import type { WireBinding, WireFormat, WireMessage, WrittenMessage } from "./wire-format.js";

const json = /^application\/(?:[\w.+-]+\+)?json\b/i;

/** A message as a subscription hands it over. */
export interface ReceivedMessage extends Message {
  readonly encoded: EncodedPayload;
  /** Which try this is, from 1 up: tries by others of the group count as far as the broker counts them. */
  readonly attempt: number;
  /** The message as it came, for a dead letter. */
  readonly raw: WireMessage;
}

/**
 * A message that came over a wire. It is read when something of it is asked for: what is no message of the format
 * throws {@link MalformedMessageError} then, each time; `raw`, `topic`, `key` and `attempt` are always there.
 */
export class WireReceivedMessage implements ReceivedMessage {
  attempt: number;
  readonly raw: WireMessage;
  readonly topic: string;
  readonly #format: WireFormat;
  readonly #binding: WireBinding;
  #message: WrittenMessage | undefined;

  constructor(raw: WireMessage, topic: string, attempt: number, format: WireFormat, binding: WireBinding) {
    this.raw = raw;
    this.topic = topic;
    this.attempt = attempt;
    this.#format = format;
    this.#binding = binding;
  }

  /** The same message, apart from this one, for another try. */
  onTry(attempt: number): WireReceivedMessage {
    return new WireReceivedMessage(this.raw, this.topic, attempt, this.#format, this.#binding);
  }

  #read(): WrittenMessage {
    this.#message ??= this.#format.read(this.raw, this.topic, this.#binding);
    return this.#message;
  }

  get key(): string | undefined {
    return this.raw.key;
  }

  get id(): string {
    return this.#read().id;
  }

  get name(): string {
    return this.#read().name;
  }

  get timestamp(): Date {
    return this.#read().timestamp;
  }

  get headers(): Headers {
    return this.#read().headers;
  }

  get encoded(): EncodedPayload {
    return this.#read().encoded;
  }

  /** Of JSON what it says, made anew each time; of anything else, or compressed, its bytes; `undefined` of none. */
  get payload(): unknown {
    const { encoded, headers } = this.#read();
    const { contentType, bytes } = encoded;
    if (bytes.length === 0) return undefined;
    const isJson = json.test(contentType) && contentEncodingOf(headers) === undefined;
    return isJson ? jsonCodec.decode(bytes) : bytes;
  }
}
