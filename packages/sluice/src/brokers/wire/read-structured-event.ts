import { describe } from "../../errors/describe.js";
import type { WireBinding, WireMessage, WrittenMessage } from "../wire-format.js";
import {
  AttributeNames,
  extensionPrefix,
  isContentType,
  isOwnAttribute,
  type OwnAttribute,
  type OwnAttributes,
  ownAttributes,
} from "./attribute-names.js";
import {
  expectedName,
  expectedText,
  isAttributeName,
  isAttributeText,
  isExtensionValue,
} from "./attribute-rules.js";
import { fromBase64 } from "./base64.js";
import { type JsonObject, readJsonObject } from "./json-object.js";
import { isJsonType, isUtf8Type } from "./media-type.js";
import { malformedEvent, messageOf } from "./read-event.js";
import { setHeader } from "./set-header.js";

const mediaType = "application/cloudevents";
const jsonFormat = /^(?:\+json)?[ \t]*(?:;|$)/;
const encoder = new TextEncoder();
const nothing = new Uint8Array();
const nameOf = Object.fromEntries(ownAttributes.map((name) => [name, name])) as {
  readonly [name in OwnAttribute]: string;
};

/** Whether a media type says that all of an event, or several, are in the body. */
export function isStructured(contentType: string): boolean {
  return contentType.length >= mediaType.length && contentType.toLowerCase().startsWith(mediaType);
}

export function readStructured(
  wire: WireMessage,
  topic: string,
  binding: WireBinding,
  contentType: string,
): WrittenMessage {
  const format = contentType.toLowerCase().slice(mediaType.length);
  if (format.startsWith("-batch")) {
    throw malformedEvent(wire, "it is a batch of events; expected one event in each message of the broker");
  }
  if (!jsonFormat.test(format) || !isUtf8Type(contentType)) {
    const expected = '"application/cloudevents+json" in UTF-8, or an event in binary mode';
    throw malformedEvent(wire, `its content-type is ${describe(contentType)}; expected ${expected}`);
  }
  const members = readJsonObject(wire.body, (problem, options) => malformedEvent(wire, problem, options));
  const given = {} as OwnAttributes;
  const headers = headersOf(wire, binding);
  for (const [name, { value }] of members) {
    if (name === "data" || name === "data_base64" || value === null) continue;
    if (isOwnAttribute(name)) given[name] = textOf(wire, name, value);
    else setExtension(wire, headers, name, value);
  }
  return messageOf({ wire, topic, given, nameOf, headers, body: dataOf(wire, given, members) });
}

function headersOf(wire: WireMessage, binding: WireBinding): Record<string, string> {
  const names = AttributeNames.of(binding);
  const headers: Record<string, string> = {};
  for (const header of Object.keys(wire.headers)) {
    // The body has all attributes: headers may only repeat them.
    const isAttribute = names.attributeOf(header) !== undefined || header.startsWith(extensionPrefix);
    if (!isAttribute && !isContentType(header)) setHeader(headers, header, wire.headers[header] as string);
  }
  return headers;
}

function setExtension(wire: WireMessage, headers: Record<string, string>, name: string, value: unknown) {
  if (!isAttributeName(name)) {
    throw malformedEvent(wire, `the member ${describe(name)} names no attribute; expected ${expectedName}`);
  }
  const isInteger = Number.isInteger(value) && Math.abs((value as number) + 0.5) < 2 ** 31;
  const text = isInteger || typeof value === "boolean" ? String(value) : value;
  if (text === "" && !isExtensionValue(name, text)) throw malformedEvent(wire, `${name} is empty`);
  headers[extensionPrefix + name] = textOf(
    wire,
    name,
    text,
    `${expectedText}, a boolean, or an integer of 32 bits`,
  );
}

function textOf(wire: WireMessage, name: string, value: unknown, expected = expectedText): string {
  if (isAttributeText(value)) return value;
  throw malformedEvent(wire, `${name} is ${describe(value)}; expected ${expected}`);
}

function dataOf(wire: WireMessage, given: OwnAttributes, members: JsonObject): Uint8Array {
  const { value: data, json } = members.get("data") ?? {};
  const base64 = members.get("data_base64")?.value ?? undefined;
  if (json === undefined && base64 === undefined) return nothing;
  if (json !== undefined && base64 !== undefined) {
    throw malformedEvent(wire, "data and data_base64 are both given; expected one of them");
  }
  if (json === undefined) {
    // What base64 is of is not known without being said.
    given.datacontenttype ??= "application/octet-stream";
    const bytes = typeof base64 === "string" ? fromBase64(base64) : undefined;
    if (bytes !== undefined) return bytes;
    throw malformedEvent(wire, `data_base64 is ${describe(base64)}; expected text in base64`);
  }
  const { datacontenttype = "application/json" } = given;
  if (isJsonType(datacontenttype)) return encoder.encode(json);
  if (typeof data === "string" && isUtf8Type(datacontenttype)) return encoder.encode(data);
  throw malformedEvent(
    wire,
    `data is ${describe(data)} of ${describe(datacontenttype)}; expected text in UTF-8`,
  );
}
