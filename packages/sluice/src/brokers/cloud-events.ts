import { jsonCodec } from "../messages/json-codec.js";
import type { Headers } from "../messages/metadata.js";
import { MalformedMessageError } from "./malformed-message-error.js";
import type { Message } from "./message-broker.js";
import type { WireBinding, WireFormat, WireMessage, WrittenMessage } from "./wire-format.js";

export interface CloudEventsOptions {
  /** Who publishes, as a URI reference: `/orders-service`. Not empty. @default "/sluice" */
  readonly source?: string | undefined;
}

const format = "CloudEvents 1.0";
const attributes = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "time",
  "partitionkey",
  "datacontenttype",
]);

/**
 * Messages as CloudEvents 1.0 in binary mode: attributes in headers, the payload as the body. The name of a message is
 * its `type`, its moment is `time`, its key is `partitionkey`.
 */
export function cloudEvents({ source = "/sluice" }: CloudEventsOptions = {}): WireFormat {
  return {
    name: format,
    write: (message, binding) => write(message, source, binding),
    read,
  };
}

function write(message: Message, source: string, { prefix }: WireBinding): WireMessage {
  const { id, name, key, timestamp, encoded } = message;
  const headers: Record<string, string> = {};
  for (const [header, value] of Object.entries(message.headers)) {
    if (header.startsWith("ce-")) headers[prefix + header.slice(3)] = value;
    else if (header !== "content-type") headers[header] = value;
  }
  headers[`${prefix}specversion`] = "1.0";
  headers[`${prefix}id`] = id;
  headers[`${prefix}source`] = source;
  headers[`${prefix}type`] = name;
  headers[`${prefix}time`] = timestamp.toISOString();
  if (key !== undefined) headers[`${prefix}partitionkey`] = key;
  if (encoded !== undefined) headers["content-type"] = encoded.contentType;
  else if (message.payload !== undefined) headers["content-type"] = jsonCodec.contentType;
  return { key, headers, body: encoded?.bytes ?? bodyOf(message.payload) };
}

function bodyOf(payload: unknown): Uint8Array {
  if (payload === undefined) return new Uint8Array();
  return jsonCodec.encode({ payload }).slice(11, -1);
}

function read(wire: WireMessage, topic: string, { prefix }: WireBinding): WrittenMessage {
  const given: Record<string, string> = {};
  const headers: Record<string, string> = {};
  let contentType = "application/json";
  for (const [header, value] of Object.entries(wire.headers)) {
    if (header === "content-type") contentType = value;
    else if (!header.startsWith(prefix)) headers[header] = value;
    else {
      const attribute = header.slice(prefix.length);
      if (attributes.has(attribute)) given[attribute] = value;
      else headers[`ce-${attribute}`] = value;
    }
  }
  const problem = problemOf(given, prefix);
  if (problem !== undefined) throw new MalformedMessageError(format, wire, problem);
  const { id, type, time, partitionkey } = given as {
    id: string;
    type: string;
    time?: string;
    partitionkey?: string;
  };
  return {
    id,
    name: type,
    topic,
    key: wire.key ?? partitionkey,
    timestamp: time === undefined ? (wire.timestamp ?? new Date()) : new Date(time),
    headers: headers as Headers,
    encoded: { contentType, bytes: wire.body },
  };
}

function problemOf(
  { specversion, time, ...rest }: Record<string, string>,
  prefix: string,
): string | undefined {
  if (specversion !== "1.0") return `${prefix}specversion is ${JSON.stringify(specversion)}, not "1.0"`;
  const missing = ["id", "source", "type"].find((name) => !rest[name]);
  if (missing !== undefined) return `${prefix}${missing} is missing`;
  if (time !== undefined && Number.isNaN(Date.parse(time)))
    return `${prefix}time is ${JSON.stringify(time)}, no moment`;
  return undefined;
}
