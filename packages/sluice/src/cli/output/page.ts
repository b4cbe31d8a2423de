import { plainText } from "./plain-text.js";

/** All of one message for people: its fields, a line each, and its body below them. */
export function renderPage(
  fields: readonly (readonly [name: string, value: string | undefined])[],
  body: string,
): string {
  const lines = fields.map(
    ([name, value]) => `${name.padEnd(14)}${value === undefined ? "-" : plainText(value)}`,
  );
  return [...lines, "", ...body.split("\n").map(plainText)].join("\n");
}
