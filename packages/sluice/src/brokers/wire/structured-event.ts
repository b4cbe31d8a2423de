import type { EncodedPayload, Message } from "../message.js";
import type { WireBinding, WireMessage } from "../wire-format.js";
import { AttributeNames } from "./attribute-names.js";
import { toBase64 } from "./base64.js";
import { eventToWrite } from "./event-to-write.js";
import { jsonText } from "./json-text.js";
import { isJsonType } from "./media-type.js";

const encoder = new TextEncoder();

/**
 * All of an event as one JSON object in the body. What is no attribute stays a header. No attribute is repeated there,
 * although that is allowed: the Python SDK takes a message with one for an event in binary mode.
 */
export function writeStructured(message: Message, source: string, binding: WireBinding): WireMessage {
  const names = AttributeNames.of(binding);
  const event = eventToWrite(message, names);
  const { id, type, time, partitionkey, extensions, headers, payload } = event;
  const datacontenttype = payload?.contentType;
  const own = { specversion: "1.0", id, source, type, time, datacontenttype, partitionkey };
  const text = JSON.stringify({ ...own, ...extensions });
  const body = encoder.encode(payload === undefined ? text : `${text.slice(0, -1)},${dataOf(payload)}}`);
  headers["content-type"] = "application/cloudevents+json; charset=utf-8";
  return { key: message.key, headers, body };
}

function dataOf({ contentType, bytes }: EncodedPayload): string {
  const json = isJsonType(contentType) ? textOfJson(bytes) : undefined;
  return json === undefined ? `"data_base64":"${toBase64(bytes)}"` : `"data":${json}`;
}

/** White space around a value is no part of it, and would not be read back. */
const isPadded = /^[ \t\n\r]|[ \t\n\r]$/;

/** `undefined` where it is none after all, as it may be compressed, or would not be read back byte by byte. */
function textOfJson(bytes: Uint8Array): string | undefined {
  try {
    const { text } = jsonText(bytes);
    return isPadded.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
