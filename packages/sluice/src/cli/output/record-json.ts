import type { QueueRecord } from "../../queue/queue-row.js";

/** A row for programs: its fields, with the payload as JSON where it is some, else as base64. */
export function recordJson({ body, headers, key, nextTryAt, lastError, ...record }: QueueRecord): object {
  return {
    ...record,
    timestamp: new Date(record.timestamp),
    key: key ?? null,
    nextTryAt: nextTryAt ?? null,
    lastError: lastError ?? null,
    headers: JSON.parse(headers),
    ...payloadOf(record.contentType, body),
  };
}

/** The payload as it is shown. */
export function payloadOf(
  contentType: string,
  body: Uint8Array,
): { readonly payload: unknown } | { readonly payloadBase64: string } {
  if (/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    try {
      return {
        payload:
          body.length === 0 ? null : JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)),
      };
    } catch {
      // It only says that it is JSON: the bytes are shown.
    }
  }
  return { payloadBase64: Buffer.from(body).toString("base64") };
}
