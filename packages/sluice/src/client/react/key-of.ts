/**
 * The fields of a message as text, to see whether another message is the same. Maps, sets and bigints count, functions
 * and symbols do not; messages that lead back to themselves are all the same.
 */
export function keyOf(message: object | undefined): string | undefined {
  try {
    return JSON.stringify(message, replace);
  } catch {
    return "";
  }
}

function replace(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
