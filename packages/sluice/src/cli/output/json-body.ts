import { gunzipSync } from "node:zlib";
import { jsonCodec } from "../../messages/json-codec.js";

export function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/([\w.-]+\+)?json\b/i.test(contentType);
}

/** What bytes of JSON say. */
export function jsonOf(body: Uint8Array, contentEncoding: string | undefined): unknown {
  if (body.length === 0) return null;
  return jsonCodec.decode(
    contentEncoding === "gzip" ? gunzipSync(body, { maxOutputLength: 100_000_000 }) : body,
  );
}
