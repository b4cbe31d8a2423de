import { describe } from "../errors/describe.js";
import type { Class } from "./class.js";
import { difference } from "./difference.js";
import { fieldPath } from "./field-path.js";
import { EncodeRefusedError } from "./message-errors.js";
import type { NotificationEvent } from "./notification-event.js";
import { fieldsOf, restore, restoreMessage } from "./restore.js";
import { toJson } from "./to-json.js";

/**
 * The JSON text of a message. A schema may change what it reads, so what it makes of the text is compared with the
 * message (rule M1); without one, the text alone is proof enough.
 */
export function messageToJson(messageClass: Class<object>, message: object): string {
  const { name } = messageClass;
  const hasSchema = restore in messageClass;
  const text = toJson(fieldsOf(name, message), { messageClass: name, dates: hasSchema });
  if (hasSchema) requireSame(name, message, restoreMessage(messageClass, JSON.parse(text)));
  return text;
}

/** The JSON text of an event's payload, under the same rules. */
export function payloadToJson(messageClass: Class<object>, event: NotificationEvent): string {
  const { name } = messageClass;
  const hasSchema = restore in messageClass;
  const text = toJson(event.payload, { messageClass: name, dates: hasSchema, at: ["payload"] });
  if (hasSchema) {
    const read = restoreMessage(messageClass, { ...event, payload: JSON.parse(text) }) as NotificationEvent;
    requireSame(name, { payload: event.payload }, { payload: read.payload });
  }
  return text;
}

function requireSame(messageClass: string, message: object, read: object): void {
  const found = difference(message, read);
  if (found === undefined) return;
  const problem = `is ${describe(found.before)}, and would be read back as ${describe(found.after)}`;
  throw new EncodeRefusedError(fieldPath(found.keys), found.before, problem, { messageClass });
}
