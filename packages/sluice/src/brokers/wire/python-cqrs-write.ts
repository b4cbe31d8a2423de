import { describe } from "../../errors/describe.js";
import { contentEncodingOf } from "../../messages/compression.js";
import type { Message } from "../message.js";
import { MessageRefusedError } from "../publish-errors.js";
import type { WireMessage } from "../wire-format.js";
import { isContentType } from "./attribute-names.js";
import { formatTimestamp } from "./format-timestamp.js";
import { jsonText } from "./json-text.js";
import { isJsonType } from "./media-type.js";
import { payloadBytes } from "./payload-bytes.js";
import { codecHeaders } from "./python-cqrs-names.js";
import { setHeader } from "./set-header.js";
import { canonicalUuid } from "./uuid.js";

const encoder = new TextEncoder();
const nothing = { contentType: "application/json", bytes: encoder.encode("null") };

/** JSON in the envelope that python-cqrs reads; other bytes as its protobuf codec sends them, with two headers. */
export function writePythonCqrs(message: Message): WireMessage {
  const { id, key, timestamp } = message;
  const eventId = canonicalUuid(id);
  if (eventId === undefined)
    throw refused(message, `its id is ${describe(id)}, and python-cqrs reads a UUID`);
  const time = formatTimestamp(timestamp);
  if (time.length !== 24 || time.startsWith("0000")) {
    throw refused(message, `its timestamp is ${time}, and Python knows the years 1 to 9999`);
  }
  const compression = contentEncodingOf(message.headers);
  if (compression !== undefined) {
    throw refused(
      message,
      `it is compressed (${compression}), and python-cqrs decompresses nothing it receives`,
    );
  }

  const headers: Record<string, string> = {};
  for (const header of Object.keys(message.headers)) {
    if (!isContentType(header)) setHeader(headers, header, message.headers[header] as string);
  }
  const { contentType, bytes } = payloadBytes(message) ?? nothing;
  headers["content-type"] = contentType;
  if (isJsonType(contentType)) return { key, headers, body: envelope(message, eventId, time, bytes) };
  headers[codecHeaders.name] = message.name;
  headers[codecHeaders.id] = eventId;
  return { key, headers, body: bytes };
}

/** Names in snake_case: events of python-cqrs that are dataclasses read any, those of pydantic only these. */
function envelope(message: Message, eventId: string, time: string, bytes: Uint8Array): Uint8Array {
  const { name, topic } = message;
  const fields = { event_id: eventId, event_timestamp: time, event_name: name, topic };
  return encoder.encode(`${JSON.stringify(fields).slice(0, -1)},"payload":${textOfJson(message, bytes)}}`);
}

function textOfJson(message: Message, bytes: Uint8Array): string {
  try {
    return jsonText(bytes).text;
  } catch (cause) {
    throw refused(message, "its bytes are said to be JSON, and are no JSON in UTF-8", { cause });
  }
}

function refused({ id }: Message, problem: string, options?: ErrorOptions): MessageRefusedError {
  return new MessageRefusedError(id, `${problem}.`, options);
}
