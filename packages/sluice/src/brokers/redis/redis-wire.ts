import { HeaderNames } from "../wire/header-names.js";
import { setHeader } from "../wire/set-header.js";
import type { WireBinding, WireMessage } from "../wire-format.js";
import type { Argument } from "./redis-client.js";

/** CloudEvents has no binding for Redis; this is the prefix of HTTP and NATS. */
export const redisBinding: WireBinding = { prefix: "ce-" };

/** The field of an entry that is the body; where a header is called so too, the last one is. */
const bodyField = "data";
/**
 * Where a key of CloudEvents stands, and where it is put where the format wrote none: a field that begins with `ce-` would
 * make others take an event in structured mode for one in binary mode.
 */
const cloudEventsKey = "ce-partitionkey";
const otherKey = "sluice-key";
const names = new HeaderNames();
const longestText = 65_536;
const firstOfOther = otherKey.charCodeAt(0);

/** Fields and values of an entry: each header is a field, the body is the last one. */
export function fieldsOf({ key, headers, body }: WireMessage): Argument[] {
  const fields: Argument[] = [];
  for (const name in headers) fields.push(name, headers[name] as string);
  if (key !== undefined && headers[cloudEventsKey] !== key) fields.push(otherKey, key);
  fields.push(bodyField, textOrBytes(body));
  return fields;
}

/** ioredis writes texts in half the time of bytes: those that are the same as UTF-8 go as such. */
function textOrBytes(body: Uint8Array): string | Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (bytes.length > longestText) return bytes;
  const text = bytes.toString();
  return text.includes("\uFFFD") ? bytes : text;
}

/** The message of an entry. What has no body has an empty one. */
export function wireOf(id: string, key: string | undefined, fields: readonly Uint8Array[]): WireMessage {
  const headers: Record<string, string> = {};
  const bodyAt = lastOf(fields, bodyField);
  for (let at = 0; at + 1 < fields.length; at += 2)
    if (at !== bodyAt) setHeader(headers, names.read(fields[at] as Uint8Array, at), `${fields[at + 1]}`);
  const body = fields[bodyAt + 1] ?? new Uint8Array();
  if (headers[cloudEventsKey] === undefined) delete headers[otherKey];
  const timestamp = new Date(Number(id.slice(0, id.indexOf("-"))));
  return { key, headers: headers as WireMessage["headers"], body, timestamp };
}

function lastOf(fields: readonly Uint8Array[], name: string): number {
  for (let at = fields.length - 2; at >= 0; at -= 2)
    if (fields[at]?.length === name.length && `${fields[at]}` === name) return at;
  return fields.length;
}

/** The key of an entry, found without reading all of it. */
export function keyOf(fields: readonly Uint8Array[]): string | undefined {
  let other: string | undefined;
  for (let at = fields.length - 2; at >= 0; at -= 2) {
    const name = fields[at] as Uint8Array;
    if (name.length === cloudEventsKey.length && `${name}` === cloudEventsKey) return `${fields[at + 1]}`;
    if (name.length === otherKey.length && name[0] === firstOfOther && `${name}` === otherKey)
      other ??= `${fields[at + 1]}`;
  }
  return other;
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
