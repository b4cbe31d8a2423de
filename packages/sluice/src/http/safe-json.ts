import { refusal } from "./refusal.js";

/** Parses what a stranger sent: bounded in depth, and without the keys that could reach a prototype. */
export function parseSafely(text: string, maxDepth: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusal("HTTP_INVALID_JSON", `The input is not JSON: ${(cause as Error).message}`);
  }
  check(value, maxDepth);
  return value;
}

function check(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === 0) throw refusal("HTTP_JSON_TOO_DEEP", "The input is nested too deep.");
  if (Array.isArray(value)) {
    for (const element of value) check(element, depth - 1);
    return;
  }
  for (const key of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[key];
    if (key === "__proto__" || (key === "constructor" && hasPrototypeKey(field))) {
      throw refusal("HTTP_UNSAFE_KEY", `The input has a key "${key}", which no field may have.`);
    }
    check(field, depth - 1);
  }
}

function hasPrototypeKey(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "prototype");
}
