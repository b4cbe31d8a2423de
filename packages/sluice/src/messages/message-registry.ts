import { describe } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Class } from "./class.js";
import type { Codec } from "./codec.js";
import { type Event, eventKind } from "./event.js";
import { jsonCodec } from "./json-codec.js";
import { DuplicateMessageNameError, NotRegisteredError, UndecodableError } from "./message-errors.js";
import { messageToJson } from "./message-to-json.js";
import { refusing } from "./refusing.js";
import { isRequest, type Request } from "./request.js";
import { fieldsOf, restoreMessage } from "./restore.js";

export interface RegisterOptions {
  /** Writes and reads the messages of this class. @default JSON, by the rules of {@link MessageRegistry.register} */
  readonly codec?: Codec | undefined;
}

/** A message as bytes, under its name on the wire. */
export interface EncodedMessage {
  readonly name: string;
  /** The media type of {@link bytes}: `application/json`. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** A message, or why there is none: the error keeps the bytes. */
export type DecodeResult =
  | { readonly ok: true; readonly message: Request<unknown> | Event }
  | { readonly ok: false; readonly error: NotRegisteredError | UndecodableError };

const textEncoder = new TextEncoder();

/** A class of messages under its name on the wire. */
export interface RegisteredMessage {
  readonly name: string;
  readonly messageClass: Class<Request<unknown> | Event>;
  readonly codec: Codec | undefined;
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
 * const { name, bytes } = registry.encode(new OrderPlaced({ orderId: "o-1", at: new Date() }));
 * const decoded = registry.decode(name, bytes);
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
   * A message is written as its fields: its own enumerable properties, for a notification event with the
   * `eventTimestamp` as ISO text. What is written is what is read back (rule M1):
   *
   * - A class without a schema is written by {@link jsonCodec}, which refuses what JSON would change. It is read back
   *   without its constructor being called: it should be a class of plain fields, without `#private` ones.
   *   Fields from an unknown sender are taken as they are: give a message from outside a schema.
   * - A class with a schema may hold a `Date` too, written as ISO text, and is read back through its constructor, that
   *   is, by its schema. `encode` reads the text back at once and refuses the message unless an equal one comes out: the
   *   schema must accept what it gives (`z.coerce.date()` does; a transform from text to its length does not).
   * - A codec given here is taken at its word. It gets the fields, and what it decodes goes the same way back.
   *
   * @throws {DuplicateMessageNameError} the name or the class is registered already.
   * @throws {InvalidOptionError} the name is empty, the class is no message, the codec is none.
   */
  register(
    name: string,
    messageClass: Class<Request<unknown> | Event>,
    { codec }: RegisterOptions = {},
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
    const taken = this.#byName.get(name) ?? this.#byClass.get(messageClass);
    if (taken) {
      throw new DuplicateMessageNameError(name, messageClass.name, taken);
    }
    const entry: RegisteredMessage = { name, messageClass, codec };
    this.#byName.set(name, entry);
    this.#byClass.set(messageClass, entry);
    return this;
  }

  #entryOf(message: object): RegisteredMessage {
    const given: RegisteredMessage["messageClass"] = Object.getPrototypeOf(message).constructor;
    const entry = this.#byClass.get(given);
    if (!entry) throw new NotRegisteredError(given.name || describe(message));
    return entry;
  }

  /**
   * Writes a message under the name of its class.
   *
   * @throws {NotRegisteredError} its class is not registered.
   * @throws {InvalidOptionError} it is neither a request nor an event.
   * @throws {EncodeRefusedError} it would not be read back as it is; the error names the field.
   */
  encode(message: Request<unknown> | Event): EncodedMessage {
    if (!isMessage(message))
      throw new InvalidOptionError("encode(message)", message, "a request or an event");
    const entry = this.#entryOf(message);
    const { name, messageClass, codec } = entry;
    const { contentType } = codec ?? jsonCodec;
    const bytes = refusing(entry, message, () =>
      codec
        ? codec.encode(fieldsOf(messageClass.name, message))
        : textEncoder.encode(messageToJson(messageClass, message)),
    );
    return { name, contentType, bytes };
  }

  /** What is registered under a name on the wire. */
  find(name: string): RegisteredMessage | undefined {
    return this.#byName.get(name);
  }

  /**
   * Reads a message back. It never throws for what it is given: an unknown name and bytes that are no such message
   * give an error that keeps the bytes, for a dead letter.
   */
  decode(name: string, bytes: Uint8Array): DecodeResult {
    const entry = this.#byName.get(name);
    if (!entry) return { ok: false, error: new NotRegisteredError(name, bytes) };
    const { messageClass, codec = jsonCodec } = entry;
    try {
      return { ok: true, message: restoreMessage(messageClass, codec.decode(bytes)) };
    } catch (cause) {
      return { ok: false, error: new UndecodableError(name, bytes, cause) };
    }
  }
}

function isMessage(value: unknown): boolean {
  return isRequest(value) || eventKind(value) !== undefined;
}
