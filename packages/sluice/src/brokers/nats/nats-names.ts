const encoder = new TextEncoder();

/**
 * A name for a stream or a consumer, which may have no dots, spaces, slashes and wildcards: a dot becomes `=`, all but
 * letters, digits, `-` and `_` is percent-encoded. Different texts get different names.
 */
export function natsName(text: string): string {
  return text.replace(/[^\w-]/gu, (character) => {
    if (character === ".") return "=";
    const bytes = encoder.encode(character);
    return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}

/** Why a message cannot be published there, if so. */
export function subjectProblem(topic: string): string | undefined {
  const what = `its topic ${JSON.stringify(topic)}`;
  if (/[\s\0]/.test(topic)) return `${what} has white space, which a subject must not have`;
  const tokens = topic.split(".");
  if (tokens.includes("")) return `${what} has an empty part between its dots`;
  if (tokens.includes("*") || tokens.includes(">")) return `${what} has a wildcard: it is for subscribers`;
  // A longer line would cost the connection: the server closes it.
  if (encoder.encode(topic).length > 1_024) return `${what.slice(0, 99)}… is longer than 1,024 bytes`;
  return topic.isWellFormed() ? undefined : `${what} is no well-formed text`;
}
