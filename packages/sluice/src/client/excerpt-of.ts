/** How a text that should not be there begins, for the message of an error. */
export function excerptOf(text: string): string {
  const line = text.slice(0, 1_000).replaceAll(/\s+/g, " ").trim();
  if (line === "") return "";
  return `; it begins: ${JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line)}`;
}
