import { jsonCodec } from "../../messages/json-codec.js";
import { toJson } from "../../messages/to-json.js";
import type { EncodedPayload, Message } from "../message.js";

const encoder = new TextEncoder();
const path = ["payload"] as const;

/** The payload as bytes: those that it has, else its JSON; `undefined` where there is no payload. */
export function payloadBytes({ encoded, payload }: Message): EncodedPayload | undefined {
  if (encoded !== undefined) return encoded;
  if (payload === undefined) return undefined;
  return { contentType: jsonCodec.contentType, bytes: encoder.encode(toJson(payload, { at: path })) };
}
