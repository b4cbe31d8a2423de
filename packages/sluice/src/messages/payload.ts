import { describe } from "../errors/describe.js";
import type { Class } from "./class.js";
import { jsonCodec } from "./json-codec.js";
import { NotRegisteredError, UndecodableError } from "./message-errors.js";
import type { EncodedMessage, MessageRegistry } from "./message-registry.js";
import { requireSame } from "./message-to-json.js";
import { NotificationEvent } from "./notification-event.js";
import { refusing } from "./refusing.js";
import { restore, restoreMessage } from "./restore.js";
import { toJson } from "./to-json.js";

const textEncoder = new TextEncoder();

/**
 * Writes the payload of a notification event; everything else of it travels beside. Its class is looked up by its name,
 * and must be the event's own, unless that is a plain {@link NotificationEvent}.
 *
 * @throws {NotRegisteredError} its class is not registered, or not as its `eventName`.
 * @throws {EncodeRefusedError} it would not be read back as it is; the error names the field.
 */
export function encodePayload(registry: MessageRegistry, event: NotificationEvent): EncodedMessage {
  const { eventName } = event;
  const given = Object.getPrototypeOf(event).constructor;
  const entry = registry.find(eventName);
  if (!entry) throw new NotRegisteredError(given === NotificationEvent ? describe(eventName) : given.name);
  if (given !== NotificationEvent && entry.messageClass !== given) throw new NotRegisteredError(given.name);
  const { name, codec } = entry;
  const { contentType } = codec ?? jsonCodec;
  const bytes = refusing(entry, event, () => {
    const { payload } = event;
    if (codec) return codec.encode(payload);
    return payload === undefined
      ? new Uint8Array()
      : textEncoder.encode(payloadToJson(entry.messageClass, event));
  });
  return { name, contentType, bytes };
}

/**
 * Reads the payload of a notification event.
 *
 * @throws {NotRegisteredError} the name is unknown.
 * @throws {UndecodableError} the bytes are no such payload.
 */
export function decodePayload(registry: MessageRegistry, name: string, bytes: Uint8Array): unknown {
  const entry = registry.find(name);
  if (!entry) throw new NotRegisteredError(name, bytes);
  try {
    if (entry.codec) return entry.codec.decode(bytes);
    return bytes.length === 0 ? undefined : jsonCodec.decode(bytes);
  } catch (cause) {
    throw new UndecodableError(name, bytes, cause);
  }
}

/** The JSON text of an event's payload, under the same rules. */
function payloadToJson(messageClass: Class<object>, event: NotificationEvent): string {
  const { name } = messageClass;
  const hasSchema = restore in messageClass;
  const text = toJson(event.payload, { messageClass: name, dates: hasSchema, at: ["payload"] });
  if (hasSchema) {
    const read = restoreMessage(messageClass, { ...event, payload: JSON.parse(text) }) as NotificationEvent;
    requireSame(name, { payload: event.payload }, { payload: read.payload });
  }
  return text;
}
