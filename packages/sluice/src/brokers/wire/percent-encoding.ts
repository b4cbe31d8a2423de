const encoder = new TextEncoder();
const needsEncoding = /[^\x21\x23\x24\x26-\x7e]/;
const runToEncode = /[^\x21\x23\x24\x26-\x7e]+/g;
const quoted = /^"([^"\\]*(?:\\.[^"\\]*)*)"$/s;

/** Text as a header over HTTP or NATS has it: space, `"`, `%` and all beyond printable ASCII as `%xy` (CloudEvents, HTTP binding 3.1.3.2). */
export function percentEncode(text: string): string {
  return needsEncoding.test(text) ? text.replace(runToEncode, encodeRun) : text;
}

function encodeRun(run: string): string {
  let text = "";
  for (const byte of encoder.encode(run)) {
    text += `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
  }
  return text;
}

/** What {@link percentEncode} encoded, or put in double quotes as of old; `undefined` where it is neither. */
export function percentDecode(header: string): string | undefined {
  const text = header.startsWith('"') ? quoted.exec(header)?.[1]?.replace(/\\(.)/gs, "$1") : header;
  if (text === undefined || !text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a "%" by itself, or no UTF-8
  }
}
