import { describe } from "../../errors/describe.js";
import { jsonMembers } from "./json-members.js";
import { jsonText } from "./json-text.js";

/** What the members of a JSON object say, and their text. */
export type JsonObject = ReadonlyMap<string, { readonly value: unknown; readonly json: string }>;

/**
 * Reads a body that is a JSON object in UTF-8, whose members are given once each.
 *
 * @throws what `malformed` makes of the problem, where it is none
 */
export function readJsonObject(
  body: Uint8Array,
  malformed: (problem: string, options?: ErrorOptions) => Error,
): JsonObject {
  const { text, value } = parse(body, malformed);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed(`its body is ${describe(value)}; expected an object`);
  }
  const object = new Map<string, { value: unknown; json: string }>();
  for (const [name, json] of jsonMembers(text)) {
    if (object.has(name)) throw malformed(`${describe(name)} is given twice`);
    object.set(name, { value: (value as Record<string, unknown>)[name], json });
  }
  return object;
}

function parse(body: Uint8Array, malformed: (problem: string, options?: ErrorOptions) => Error) {
  try {
    return jsonText(body);
  } catch (cause) {
    throw malformed("its body is no JSON in UTF-8", { cause });
  }
}
