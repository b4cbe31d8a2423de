const token = "[!#$%&'*+.^_`|~\\w-]+";
const quoted = '"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"';
const parameter = `[ \\t]*;[ \\t]*${token}=(?:${token}|${quoted})`;
const mediaType = new RegExp(`^${token}/${token}(?:${parameter})*[ \\t]*(?:;[ \\t]*)?$`);
const json = /^[^/;\s]+\/(?:[^/;\s]+\+)?json[ \t]*(?:;|$)/i;
const charset = /;[ \t]*charset="?([^\s;"]*)/i;

/** Whether it is a media type, with parameters or without (RFC 2045). */
export function isMediaType(text: string): boolean {
  return text === "application/json" || mediaType.test(text);
}

/** Whether the bytes are JSON: its subtype is `json` or ends with `+json`. */
export function isJsonType(type: string): boolean {
  return type === "application/json" || json.test(type);
}

/** Whether text of this media type is UTF-8: it names no other charset. */
export function isUtf8Type(type: string): boolean {
  const [, name] = charset.exec(type) ?? [];
  return name === undefined || /^(?:utf-?8|us-ascii)$/i.test(name);
}
