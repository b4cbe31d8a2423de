import { describe } from "../../errors/describe.js";
import { MalformedMessageError } from "../malformed-message-error.js";
import type { WireMessage, WrittenMessage } from "../wire-format.js";
import { contentTypeOf, isContentType } from "./attribute-names.js";
import { type JsonObject, readJsonObject } from "./json-object.js";
import { isJsonType } from "./media-type.js";
import { parseTimestamp } from "./parse-timestamp.js";
import { codecHeaders, pythonCqrsName } from "./python-cqrs-names.js";
import { setHeader } from "./set-header.js";
import { canonicalUuid } from "./uuid.js";

const encoder = new TextEncoder();

/** How dataclasses and pydantic write the fields of an event. */
const fields = {
  id: ["eventId", "event_id"],
  name: ["eventName", "event_name"],
  time: ["eventTimestamp", "event_timestamp"],
} as const;

export function readPythonCqrs(wire: WireMessage, topic: string): WrittenMessage {
  const contentType = contentTypeOf(wire.headers);
  const { [codecHeaders.name]: name, [codecHeaders.id]: id, ...rest } = wire.headers;
  const isJson = contentType === undefined ? name === undefined || id === undefined : isJsonType(contentType);
  const headers = headersOf(isJson ? wire.headers : rest);
  if (isJson) return { ...fieldsOf(wire), topic, key: wire.key, headers };
  return {
    id: uuidOf(wire, codecHeaders.id, id),
    name: textOf(wire, codecHeaders.name, name),
    topic,
    key: wire.key,
    timestamp: wire.timestamp ?? new Date(),
    headers,
    // On Kafka python-cqrs does not say of what type its bytes are; those of its protobuf codec are of this one.
    encoded: { contentType: contentType ?? "application/x-protobuf", bytes: wire.body },
  };
}

function fieldsOf(wire: WireMessage): Pick<WrittenMessage, "id" | "name" | "timestamp" | "encoded"> {
  const event = readJsonObject(wire.body, (problem, options) => malformed(wire, problem, options));
  const payload = event.get("payload");
  if (payload === undefined) throw malformed(wire, "payload is missing");
  return {
    id: uuidOf(wire, "event_id", fieldOf(wire, event, fields.id)),
    name: textOf(wire, "event_name", fieldOf(wire, event, fields.name)),
    timestamp: momentOf(wire, fieldOf(wire, event, fields.time)),
    encoded: { contentType: "application/json", bytes: encoder.encode(payload.json) },
  };
}

function fieldOf(wire: WireMessage, event: JsonObject, [camel, snake]: readonly [string, string]): unknown {
  const first = event.get(camel);
  const second = event.get(snake);
  if (first !== undefined && second !== undefined)
    throw malformed(wire, `${camel} and ${snake} are both given`);
  return (first ?? second)?.value;
}

function uuidOf(wire: WireMessage, name: string, value: unknown): string {
  const uuid = typeof value === "string" ? canonicalUuid(value) : undefined;
  if (uuid !== undefined) return uuid;
  throw malformed(
    wire,
    `${name} is ${value === undefined ? "missing" : `${describe(value)}; expected a UUID`}`,
  );
}

function textOf(wire: WireMessage, name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw malformed(
    wire,
    `${name} is ${value === undefined ? "missing" : `${describe(value)}; expected text`}`,
  );
}

/** Python's moments often name no offset. */
function momentOf(wire: WireMessage, value: unknown): Date {
  if (value === undefined) return wire.timestamp ?? new Date();
  const ms = typeof value === "string" ? parseTimestamp(value, { offset: "or UTC" }) : Number.NaN;
  if (!Number.isNaN(ms)) return new Date(ms);
  throw malformed(wire, `event_timestamp is ${describe(value)}; expected a moment by ISO 8601`);
}

function headersOf(given: WireMessage["headers"]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const header of Object.keys(given)) {
    if (!isContentType(header)) setHeader(headers, header, given[header] as string);
  }
  return headers;
}

function malformed(wire: WireMessage, problem: string, options?: ErrorOptions): MalformedMessageError {
  return new MalformedMessageError(pythonCqrsName, wire, problem, options);
}
