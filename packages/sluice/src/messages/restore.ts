import { describe } from "../errors/describe.js";
import type { Class } from "./class.js";
import { eventKind } from "./event.js";
import { defineFields, isPlainObject, requireFieldNames } from "./fields.js";
import { InvalidMessageError } from "./message-errors.js";
import { NotificationEvent } from "./notification-event.js";

/** The static method by which a schema-checked class makes an instance of decoded fields. */
export const restore = Symbol.for("sluice.restore");

/** A message's fields as they are written: a notification event's moment as ISO text, the others as they are. */
export function fieldsOf(messageClass: string, message: object): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...message };
  requireFieldNames(messageClass, fields);
  const { eventTimestamp } = fields;
  if (eventKind(message) === "notification") fields.eventTimestamp = (eventTimestamp as Date).toISOString();
  return fields;
}

/**
 * Makes a message of decoded fields: through the constructor where the class has a schema, else without it.
 *
 * @throws {SluiceError} the fields are not those of such a message.
 */
export function restoreMessage<T extends object>(messageClass: Class<T>, fields: unknown): T {
  const { name, prototype } = messageClass;
  if (!isPlainObject(fields)) {
    throw new InvalidMessageError(name, [
      { message: `expected an object of fields, received ${describe(fields)}` },
    ]);
  }
  const values = eventKind(prototype) === "notification" ? eventFields(name, fields) : fields;
  const { [restore]: make } = messageClass as { [restore]?: (fields: object) => T };
  return make ? make.call(messageClass, values) : defineFields(name, Object.create(prototype), values);
}

/** Checks what every notification event has, so that none gets a new id or moment by being decoded (rule M3). */
function eventFields(name: string, fields: Record<string, unknown>): object {
  const { eventId, eventTimestamp: at } = fields;
  if (eventId === undefined) {
    throw new InvalidMessageError(name, [{ path: ["eventId"], message: "is missing" }]);
  }
  const eventTimestamp = typeof at === "string" ? new Date(at) : (at ?? null);
  const event = new NotificationEvent({ ...fields, eventTimestamp } as never);
  return { ...fields, ...event };
}
