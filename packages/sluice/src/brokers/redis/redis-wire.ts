import type { WireBinding, WireMessage } from "../wire-format.js";
import type { Argument } from "./redis-client.js";

/** CloudEvents has no binding for Redis; this is the prefix of HTTP and NATS. */
export const redisBinding: WireBinding = { prefix: "ce-" };

/** The field of an entry that is the body; where a header is called so too, the last one is. */
const bodyField = "data";
/** Where a key of CloudEvents stands, and where that of any other format is put. */
const cloudEventsKey = "ce-partitionkey";
const otherKey = "partitionkey";

/** Fields and values of an entry: each header is a field, the body is the last one. */
export function fieldsOf({ key, headers, body }: WireMessage): Argument[] {
  const fields: Argument[] = [];
  for (const name in headers) fields.push(name, headers[name] as string);
  if (key !== undefined && headers[cloudEventsKey] !== key) fields.push(otherKey, key);
  fields.push(
    bodyField,
    Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.length),
  );
  return fields;
}

/** The message of an entry. What has no body has an empty one. */
export function wireOf(id: string, fields: readonly Uint8Array[]): WireMessage {
  const headers: Record<string, string> = {};
  let body: Uint8Array | undefined;
  for (let at = fields.length - 2; at >= 0; at -= 2) {
    const name = `${fields[at]}`;
    if (name === bodyField && body === undefined) body = fields[at + 1] as Uint8Array;
    else headers[name] ??= `${fields[at + 1]}`;
  }
  let key = headers[cloudEventsKey];
  if (key === undefined && headers[otherKey] !== undefined) {
    key = headers[otherKey];
    delete headers[otherKey];
  }
  const timestamp = new Date(Number(id.slice(0, id.indexOf("-"))));
  return { key, headers: headers as WireMessage["headers"], body: body ?? new Uint8Array(), timestamp };
}

/** The bytes of the largest field. */
export function largestOf(fields: readonly Argument[]): number {
  let largest = 0;
  for (const field of fields) {
    const size = typeof field === "string" ? field.length : typeof field === "number" ? 0 : field.byteLength;
    if (size > largest) largest = size;
  }
  return largest;
}
