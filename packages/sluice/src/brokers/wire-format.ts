import type { Headers } from "../messages/metadata.js";
import type { EncodedPayload, Message } from "./message.js";

/** A message as a broker carries it: what a {@link WireFormat} writes and reads. */
export interface WireMessage {
  /** Decides on the partition, where the broker has any. */
  readonly key?: string | undefined;
  /** All that travels beside the body, `content-type` among it. */
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** When the broker took it, where it says so: the moment of a message that says none itself. */
  readonly timestamp?: Date | undefined;
}

/** A message whose payload is written. */
export type WrittenMessage = Omit<Message, "payload" | "encoded"> & { readonly encoded: EncodedPayload };

/** How a broker's own binding of CloudEvents names attributes. Keep one object for each broker: names are made once. */
export interface WireBinding {
  /** Stands before the name of an attribute in a header: `ce_` on Kafka, `ce-` on NATS, `cloudEvents_` on AMQP. */
  readonly prefix: string;
  /** Other prefixes that are read, but never written: `cloudEvents:` and `ce-` on AMQP. */
  readonly alsoReads?: readonly string[] | undefined;
  /**
   * Whether the values of attributes are percent-encoded, as over HTTP and NATS; the case of header names does not count
   * there either.
   * @default false
   */
  readonly percentEncoded?: boolean | undefined;
  /**
   * Whether the media type is written as the attribute `datacontenttype`, as on NATS, and not as `content-type`. Both are
   * read.
   * @default false
   */
  readonly contentTypeAttribute?: boolean | undefined;
}

/**
 * Turns messages into what a broker carries, and back. Both methods must be safe for concurrent use and keep nothing of
 * their arguments. A message with `encoded` bytes is written with those.
 *
 * `read` gets what may come from anybody: it throws {@link MalformedMessageError} for what is no message of its format.
 * It gives the payload as bytes.
 */
export interface WireFormat {
  /** For people: `CloudEvents`. */
  readonly name: string;
  write(message: Message, binding: WireBinding): WireMessage;
  read(wire: WireMessage, topic: string, binding: WireBinding): WrittenMessage;
}
