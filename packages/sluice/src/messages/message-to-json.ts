import { describe } from "../errors/describe.js";
import type { Class } from "./class.js";
import { difference } from "./difference.js";
import { eventKind } from "./event.js";
import { fieldPath } from "./field-path.js";
import { EncodeRefusedError } from "./message-errors.js";
import { NotificationEvent } from "./notification-event.js";
import { fieldsToMessage, restore, writtenOf } from "./restore.js";
import { toJson } from "./to-json.js";

const textEncoder = new TextEncoder();

/**
 * The JSON of a message; nothing for an event's payload that is `undefined`. A schema may change what it reads, so what
 * it makes of the text is compared with the message (rule M1); without one, the text alone is proof enough.
 */
export function messageToJson(messageClass: Class<object>, message: object): Uint8Array {
  const { name } = messageClass;
  const isEvent = eventKind(message) === "notification";
  const written = writtenOf(name, message);
  if (isEvent && written === undefined) return new Uint8Array();
  const dates = restore in messageClass;
  const text = toJson(written, { messageClass: name, dates, at: isEvent ? ["payload"] : [] });
  if (dates) {
    const value: unknown = JSON.parse(text);
    const fields = isEvent ? { ...message, payload: value } : value;
    const read = fieldsToMessage(messageClass, fields);
    // An event of no class of its own is read back as one of the class under its name.
    const isPlain = Object.getPrototypeOf(message) === NotificationEvent.prototype;
    requireSame(name, message, isPlain ? new NotificationEvent(read as NotificationEvent) : read);
  }
  return textEncoder.encode(text);
}

/** Refuses a message that would be read back as another one. */
export function requireSame(messageClass: string, message: unknown, read: unknown, advice?: string): void {
  const found = difference(message, read);
  if (found === undefined) return;
  const problem = `is ${describe(found.before)}, and would be read back as ${describe(found.after)}`;
  throw new EncodeRefusedError(fieldPath(found.keys), found.before, problem, { messageClass, advice });
}
