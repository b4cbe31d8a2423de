import { describe } from "../errors/describe.js";
import { fieldPath } from "./field-path.js";
import { isPlainObject } from "./fields.js";
import { EncodeRefusedError } from "./message-errors.js";

const maxDepth = 1_000;

interface ToJsonOptions {
  /** Stands before the path in an error's text. */
  readonly messageClass?: string;
  /** Write a `Date` as ISO text: for callers that compare what is read back. */
  readonly dates?: boolean;
  /** Where the value stands in its message, for an error's text. */
  readonly at?: readonly PropertyKey[];
}

/**
 * The JSON text of a value, which `JSON.parse` turns back into an equal value.
 *
 * @throws {EncodeRefusedError} the text would not be read back equal: the error names the field.
 */
export function toJson(root: unknown, { messageClass, dates = false, at = [] }: ToJsonOptions = {}): string {
  const path: PropertyKey[] = [...at];
  const open = new Set<object>();

  function refuse(given: unknown, problem = `is ${describe(given)}, which JSON would not read back`): never {
    throw new EncodeRefusedError(fieldPath(path), given, problem, { messageClass });
  }

  function check(value: unknown): void {
    if (value === null || typeof value === "string" || typeof value === "boolean") return;
    if (typeof value === "number") {
      if (Object.is(value, -0)) refuse(value, "is -0, which JSON would read back as 0");
      if (!Number.isFinite(value)) refuse(value);
      return;
    }
    if (typeof value === "function") refuse(value, "is a function, which JSON leaves out");
    if (typeof value !== "object") refuse(value);
    if (dates && value instanceof Date) return;

    const isList = Array.isArray(value);
    if (!(isList ? Array.isArray(Object.getPrototypeOf(value)) : isPlainObject(value))) refuse(value);
    if (typeof (value as { toJSON?: unknown }).toJSON === "function")
      refuse(value, "has a toJSON of its own");
    if (open.has(value)) refuse(value, "leads back to an object that it is part of");
    if (open.size >= maxDepth) refuse(value, `is nested deeper than ${maxDepth} levels`);
    open.add(value);
    const keys = isList ? value.keys() : Reflect.ownKeys(value);
    for (const key of keys) {
      path.push(key);
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (property === undefined)
        refuse(undefined, "is a hole in an array, which JSON would read back as null");
      else if (property.enumerable) {
        if (property.get || property.set) refuse(property.get, "is an accessor, not a value");
        if (typeof key === "symbol")
          refuse(property.value, "has a symbol for its key, which JSON leaves out");
        if (isList || property.value !== undefined) check(property.value);
      }
      path.pop();
    }
    if (isList && Object.keys(value).length > value.length)
      refuse(value, "is an array with fields of its own");
    open.delete(value);
  }

  check(root);
  return JSON.stringify(root);
}
