import { describe } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Class } from "./class.js";
import type { Envelope } from "./envelope.js";
import { eventKind } from "./event.js";
import { defineFields, isPlainObject, requireFieldNames } from "./fields.js";
import { EncodeRefusedError, InvalidMessageError } from "./message-errors.js";
import { keepMessageId } from "./message-id.js";
import { NotificationEvent } from "./notification-event.js";

/** The static method by which a schema-checked class makes an instance of decoded fields. */
export const restore = Symbol.for("sluice.restore");

/** What of a notification event travels beside its payload. */
const beside = new Set(["eventId", "eventTimestamp", "eventName", "topic", "key", "payload"]);

/** What is written of a message: the payload of a notification event, else the fields. */
export function writtenOf(messageClass: string, message: object): unknown {
  if (eventKind(message) === "notification") {
    for (const [key, given] of Object.entries(message)) {
      if (beside.has(key) || given === undefined) continue;
      const problem = "stands beside the payload, which alone is written of a notification event";
      throw new EncodeRefusedError(key, given, problem, {
        messageClass,
        advice: "Move it into the payload.",
      });
    }
    return (message as NotificationEvent).payload;
  }
  const fields: Record<string, unknown> = { ...message };
  requireFieldNames(messageClass, fields);
  return fields;
}

/**
 * Makes a message of what was written of it.
 *
 * @throws {SluiceError} it is no such message.
 */
export function restoreMessage<T extends object>(
  { name, messageClass }: { readonly name: string; readonly messageClass: Class<T> },
  written: unknown,
  envelope: Envelope,
): T {
  const isEvent = eventKind(messageClass.prototype) === "notification";
  const message = fieldsToMessage(messageClass, isEvent ? eventFields(name, written, envelope) : written);
  if (envelope.id !== undefined) keepMessageId(message, envelope.id);
  return message;
}

/** Makes a message of fields: through the constructor where the class has a schema, else without it. */
export function fieldsToMessage<T extends object>(messageClass: Class<T>, fields: unknown): T {
  const { name, prototype } = messageClass;
  if (!(isPlainObject(fields) || fields instanceof NotificationEvent)) {
    throw new InvalidMessageError(name, [
      { message: `expected an object of fields, received ${describe(fields)}` },
    ]);
  }
  const { [restore]: make } = messageClass as { [restore]?: (fields: object) => T };
  return make ? make.call(messageClass, fields) : defineFields(name, Object.create(prototype), fields);
}

/** Checks what every notification event has, so that none gets a new id or moment by being decoded (rule M3). */
function eventFields(
  eventName: string,
  payload: unknown,
  { id: eventId, topic, key, timestamp: eventTimestamp }: Envelope,
): NotificationEvent {
  if (eventId === undefined || topic === undefined || eventTimestamp === undefined) {
    const given = { id: eventId, topic, timestamp: eventTimestamp };
    throw new InvalidOptionError("decode(envelope)", given, "the id, topic and timestamp of the event");
  }
  return new NotificationEvent({ eventId, eventName, topic, key, eventTimestamp, payload });
}
