// A byte order mark is no JSON: where there is one, it must not vanish.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The text of bytes that are JSON in UTF-8, and what it says.
 *
 * @throws {TypeError | SyntaxError} they are not
 */
export function jsonText(bytes: Uint8Array): { readonly text: string; readonly value: unknown } {
  const text = decoder.decode(bytes);
  return { text, value: JSON.parse(text) };
}
