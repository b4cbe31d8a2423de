import { describe } from "../errors/describe.js";
import type { Class } from "./class.js";
import { difference } from "./difference.js";
import { fieldPath } from "./field-path.js";
import { EncodeRefusedError } from "./message-errors.js";
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

/** Refuses a message that would be read back as another one. */
export function requireSame(messageClass: string, message: object, read: object): void {
  const found = difference(message, read);
  if (found === undefined) return;
  const problem = `is ${describe(found.before)}, and would be read back as ${describe(found.after)}`;
  throw new EncodeRefusedError(fieldPath(found.keys), found.before, problem, { messageClass });
}
