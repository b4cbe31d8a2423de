import { describe } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Class } from "./class.js";
import type { Codec } from "./codec.js";
import { type Compression, contentEncodingOf } from "./compression.js";
import type { Envelope } from "./envelope.js";
import { type Event, eventKind } from "./event.js";
import { jsonCodec } from "./json-codec.js";
import {
  DecompressionError,
  DuplicateMessageNameError,
  NotRegisteredError,
  UndecodableError,
} from "./message-errors.js";
import { messageToJson } from "./message-to-json.js";
import { NotificationEvent } from "./notification-event.js";
import { refusing } from "./refusing.js";
import { isRequest, type Request } from "./request.js";
import { restoreMessage, writtenOf } from "./restore.js";
import type { Written } from "./written.js";

export interface RegisterOptions<T = unknown> {
  /** Writes and reads the messages of this class. @default JSON, by the rules of {@link MessageRegistry.register} */
  readonly codec?: Codec<T> | undefined;
  /**
   * Compresses what is written, where it finds that worth while, and names itself in the header `content-encoding`.
   * What is not compressed is read too. @default none
   */
  readonly compression?: Compression | undefined;
}

/** A message as bytes, under its name on the wire. */
export interface EncodedMessage {
  readonly name: string;
  /** The media type of {@link bytes}: `application/json`. */
  readonly contentType: string;
  /** How {@link bytes} are compressed: `gzip`; it belongs into the header `content-encoding`. */
  readonly contentEncoding?: string | undefined;
  readonly bytes: Uint8Array;
}

/** A message, or why there is none: the error keeps the bytes. */
export type DecodeResult =
  | { readonly ok: true; readonly message: Request<unknown> | Event }
  | { readonly ok: false; readonly error: NotRegisteredError | UndecodableError };

/** A class of messages under its name on the wire. */
interface RegisteredMessage {
  readonly name: string;
  readonly messageClass: Class<Request<unknown> | Event>;
  readonly codec: Codec | undefined;
  readonly compression: Compression | undefined;
}

/**
 * Knows the classes of messages by their names on the wire: the way of a message into bytes, and back (rule M2).
 *
 * @example
 * ```ts
 * import { MessageRegistry, schemaNotificationEvent } from "sluice/messages";
 * import { z } from "zod";
 *
 * class OrderPlaced extends schemaNotificationEvent({
 *   eventName: "order.placed",
 *   topic: "orders",
 *   payload: z.object({ orderId: z.string(), at: z.coerce.date() }),
 * }) {}
 *
 * const registry = new MessageRegistry().register("order.placed", OrderPlaced);
 *
 * const event = new OrderPlaced({ orderId: "o-1", at: new Date() });
 * const { name, bytes } = registry.encode(event);
 * const decoded = registry.decode(name, bytes, { id: event.eventId, topic: event.topic, timestamp: event.eventTimestamp });
 * if (decoded.ok) console.log(decoded.message);
 * else console.error(decoded.error.message, decoded.error.raw);
 * ```
 */
export class MessageRegistry {
  readonly #byName = new Map<string, RegisteredMessage>();
  readonly #byClass = new Map<unknown, RegisteredMessage>();

  /**
   * Gives a class its name on the wire, which stays when the class is renamed. One class has one name; a class that
   * extends a registered one needs a name of its own.
   *
   * A message is written as its fields: its own enumerable properties. Of a notification event, whose name on the wire is
   * its `eventName`, the payload is written; its id, moment, topic and key travel beside. What is written is what is read
   * back (rule M1):
   *
   * - A class without a schema is written by {@link jsonCodec}, which refuses what JSON would change. It is read back
   *   without its constructor being called: it should be a class of plain fields, without `#private` ones.
   *   Fields from an unknown sender are taken as they are: give a message from outside a schema.
   * - A class with a schema may hold a `Date` too, written as ISO text, and is read back through its constructor, that
   *   is, by its schema. `encode` reads the text back at once and refuses the message unless an equal one comes out: the
   *   schema must accept what it gives (`z.coerce.date()` does; a transform from text to its length does not).
   * - A codec given here is taken at its word. It gets the fields, or the payload, and what it decodes goes the same way
   *   back.
   *
   * @throws {DuplicateMessageNameError} the name or the class is registered already.
   * @throws {InvalidOptionError} the name is empty, the class is no message, the codec or the compression is none.
   */
  register<M extends Request<unknown> | Event>(
    name: string,
    messageClass: Class<M>,
    { codec, compression }: RegisterOptions<Written<M>> = {},
  ): this {
    if (typeof name !== "string" || name === "") {
      throw new InvalidOptionError("register(name)", name, "a string with at least one character");
    }
    if (!isMessage(messageClass?.prototype)) {
      throw new InvalidOptionError("register(messageClass)", messageClass, "a class of requests or events");
    }
    if (codec !== undefined && !(typeof codec?.encode === "function" && typeof codec.decode === "function")) {
      throw new InvalidOptionError("register(codec)", codec, "a Codec, with encode and decode");
    }
    if (compression !== undefined && typeof compression?.decompress !== "function") {
      throw new InvalidOptionError("register(compression)", compression, "a Compression, such as gzip()");
    }
    const taken = this.#byName.get(name) ?? this.#byClass.get(messageClass);
    if (taken) {
      throw new DuplicateMessageNameError(name, messageClass.name, taken);
    }
    const entry: RegisteredMessage = { name, messageClass, codec, compression };
    this.#byName.set(name, entry);
    this.#byClass.set(messageClass, entry);
    return this;
  }

  /** An event's class is looked up by the event's name, so that a plain {@link NotificationEvent} may be written too. */
  #entryOf(message: Request<unknown> | Event): RegisteredMessage {
    const given: RegisteredMessage["messageClass"] = Object.getPrototypeOf(message).constructor;
    const isEvent = eventKind(message) === "notification";
    const { eventName } = message as NotificationEvent;
    const entry = isEvent ? this.#byName.get(eventName) : this.#byClass.get(given);
    const isPlain = isEvent && given === (NotificationEvent as unknown);
    if (entry && (isPlain || entry.messageClass === given)) return entry;
    throw new NotRegisteredError(isPlain ? describe(eventName) : given.name || describe(message));
  }

  /**
   * Writes a message under the name of its class.
   *
   * @throws {NotRegisteredError} its class is not registered, or a notification event's not as its `eventName`.
   * @throws {InvalidOptionError} it is neither a request nor an event.
   * @throws {EncodeRefusedError} it would not be read back as it is; the error names the field.
   */
  encode(message: Request<unknown> | Event): EncodedMessage {
    if (!isMessage(message))
      throw new InvalidOptionError("encode(message)", message, "a request or an event");
    const entry = this.#entryOf(message);
    const { name, messageClass, codec, compression } = entry;
    const { contentType } = codec ?? jsonCodec;
    return refusing(messageClass.name, message, () => {
      const bytes = codec
        ? codec.encode(writtenOf(messageClass.name, message))
        : messageToJson(messageClass, message);
      const compressed = compression?.compress(bytes);
      if (compressed === undefined) return { name, contentType, bytes };
      return { name, contentType, contentEncoding: compression?.contentEncoding, bytes: compressed };
    });
  }

  /**
   * Reads a message back. It never throws for what it is given: an unknown name and bytes that are no such message
   * give an error that keeps the bytes, for a dead letter.
   *
   * A message keeps the `id` that came with it (rule M3); a notification event needs it, its `topic` and its `timestamp`, too.
   * What is compressed needs its headers. All are in what a broker delivers: pass that.
   */
  decode(name: string, bytes: Uint8Array, envelope: Envelope = {}): DecodeResult {
    const entry = this.#byName.get(name);
    if (!entry) return { ok: false, error: new NotRegisteredError(name, bytes) };
    try {
      return { ok: true, message: restoreMessage(entry, readBytes(entry, bytes, envelope), envelope) };
    } catch (cause) {
      return { ok: false, error: new UndecodableError(name, bytes, cause) };
    }
  }
}

/** What was written: the fields, or an event's payload. */
function readBytes(
  { messageClass, codec, compression }: RegisteredMessage,
  raw: Uint8Array,
  envelope: Envelope,
): unknown {
  let bytes = raw;
  const contentEncoding = contentEncodingOf(envelope.headers);
  if (contentEncoding !== undefined) {
    if (contentEncoding !== compression?.contentEncoding) throw otherEncoding(contentEncoding, compression);
    bytes = compression.decompress(bytes);
  }
  if (codec) return codec.decode(bytes);
  const isEmpty = bytes.length === 0 && eventKind(messageClass.prototype) === "notification";
  return isEmpty ? undefined : jsonCodec.decode(bytes);
}

function otherEncoding(given: string, registered: Compression | undefined): DecompressionError {
  const { contentEncoding = "no compression" } = registered ?? {};
  return new DecompressionError(
    `their content-encoding is ${describe(given)}, and the class is registered with ${contentEncoding}.`,
  );
}

function isMessage(value: unknown): boolean {
  return isRequest(value) || eventKind(value) !== undefined;
}
