import type { Limits } from "./http-limits.js";
import { refusal } from "./refusal.js";

/** Reads a body of JSON as text, and takes no more than the limits allow. */
export async function readBody(request: Request, limits: Limits): Promise<string> {
  requireJson(request.headers);
  const length = Number(request.headers.get("content-length") ?? 0);
  if (!(length <= limits.bodyBytes)) throw tooLarge(limits);
  if (request.body === null) return "";
  const bytes = await collect(request.body.getReader(), limits);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refusal("HTTP_INVALID_JSON", "The body is not UTF-8.");
  }
}

/**
 * Nothing but JSON, as it is: a form of another site can send other types without asking, and what is packed may be a
 * thousand times as large as it looks.
 */
function requireJson(headers: Headers): void {
  const [type = "", ...parameters] = (headers.get("content-type") ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const isUtf8 = parameters.every((parameter) => /^(charset="?utf-8"?)?$/.test(parameter));
  if (type !== "application/json" || !isUtf8) {
    throw refusal("HTTP_CONTENT_TYPE", "Send the input as application/json, in UTF-8.");
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.trim().toLowerCase() !== "identity") {
    throw refusal("HTTP_CONTENT_ENCODING", "Send the body as it is, without Content-Encoding.");
  }
}

async function collect(reader: ReadableStreamDefaultReader<Uint8Array>, limits: Limits): Promise<Uint8Array> {
  const late = Promise.withResolvers<never>();
  // Nobody listens any more when the body came in time.
  late.promise.catch(() => {});
  const timer = setTimeout(() => {
    late.reject(refusal("HTTP_BODY_TIMEOUT", `The body did not come within ${limits.bodyMs} ms.`));
  }, limits.bodyMs);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) break;
      size += value.byteLength;
      if (size > limits.bodyBytes) throw tooLarge(limits);
      chunks.push(value);
    }
  } catch (error) {
    // The answer goes out at once; what is still under way is nobody's any more.
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return concat(chunks, size);
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function tooLarge({ bodyBytes }: Limits) {
  return refusal("HTTP_BODY_TOO_LARGE", `The body may have ${bodyBytes} bytes.`);
}
