import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Message } from "./message.js";

/** Refuses a message that no wire could carry. */
export function checkMessage(message: Message): void {
  if (typeof message !== "object" || message === null) throw invalid("", message, "a Message");
  for (const name of ["id", "name", "topic"] as const) checkText(name, message[name]);
  const { key, timestamp, headers } = message;
  if (key !== undefined) checkText("key", key);
  if (!(timestamp instanceof Date) || Number.isNaN(timestamp.getTime()))
    throw invalid(".timestamp", timestamp, "a valid Date");
  if (typeof headers !== "object" || headers === null)
    throw invalid(".headers", headers, "an object of strings");
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string") throw invalid(`.headers.${name}`, value, "a string");
  }
}

function checkText(name: string, value: unknown): void {
  if (typeof value !== "string" || value === "")
    throw invalid(`.${name}`, value, "a string with at least one character");
}

function invalid(field: string, given: unknown, expected: string): InvalidOptionError {
  return new InvalidOptionError(`publish message${field}`, given, expected);
}
