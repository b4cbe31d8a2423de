import { describe } from "../../errors/describe.js";
import type { Message } from "../message.js";
import type { WireBinding, WireMessage, WrittenMessage } from "../wire-format.js";
import {
  AttributeNames,
  extensionPrefix,
  isContentType,
  isOwnAttribute,
  type OwnAttributes,
} from "./attribute-names.js";
import {
  expectedName,
  expectedText,
  isAttributeName,
  isAttributeText,
  isExtensionValue,
} from "./attribute-rules.js";
import { eventToWrite } from "./event-to-write.js";
import { percentDecode, percentEncode } from "./percent-encoding.js";
import { malformedEvent, messageOf } from "./read-event.js";
import { setHeader } from "./set-header.js";

const nothing = new Uint8Array();
const asItIs = (text: string) => text;

/** Attributes in headers, the payload as the body. */
export function writeBinary(message: Message, source: string, binding: WireBinding): WireMessage {
  const names = AttributeNames.of(binding);
  const { id, type, time, partitionkey, extensions, headers, payload } = eventToWrite(message, names);
  const encode = binding.percentEncoded ? percentEncode : asItIs;
  const { own } = names;
  headers[own.specversion] = "1.0";
  headers[own.id] = encode(id);
  headers[own.source] = encode(source);
  headers[own.type] = encode(type);
  headers[own.time] = time;
  if (partitionkey !== undefined) headers[own.partitionkey] = encode(partitionkey);
  if (extensions !== undefined) {
    for (const name of Object.keys(extensions)) {
      headers[binding.prefix + name] = encode(extensions[name] as string);
    }
  }
  if (payload === undefined) return { key: message.key, headers, body: nothing };
  if (binding.contentTypeAttribute) headers[own.datacontenttype] = encode(payload.contentType);
  else headers["content-type"] = payload.contentType;
  return { key: message.key, headers, body: payload.bytes };
}

export function readBinary(wire: WireMessage, topic: string, binding: WireBinding): WrittenMessage {
  const names = AttributeNames.of(binding);
  const headers: Record<string, string> = {};
  const given: OwnAttributes = {
    specversion: undefined,
    id: undefined,
    source: undefined,
    type: undefined,
    time: undefined,
    partitionkey: undefined,
    datacontenttype: undefined,
  };
  const all = wire.headers;
  for (const header of Object.keys(all)) {
    const value = all[header] as string;
    const attribute = names.attributeOf(header);
    if (attribute !== undefined) {
      const text = textOf(wire, header, value, binding);
      if (isOwnAttribute(attribute)) given[attribute] = once(wire, header, given[attribute], text);
      else setExtension(wire, header, attribute, text, headers);
    } else if (isContentType(header)) {
      given.datacontenttype = once(wire, header, given.datacontenttype, value);
    } else if (header.startsWith(extensionPrefix)) {
      headers[header] = once(wire, header, headers[header], value);
    } else setHeader(headers, header, value);
  }
  return messageOf({ wire, topic, given, nameOf: names.own, headers, body: wire.body });
}

function textOf(wire: WireMessage, header: string, value: unknown, { percentEncoded }: WireBinding): string {
  if (!isAttributeText(value)) {
    throw malformedEvent(wire, `${header} is ${describe(value)}; expected ${expectedText}`);
  }
  if (!percentEncoded) return value;
  const text = percentDecode(value);
  if (text !== undefined && isAttributeText(text)) return text;
  throw malformedEvent(wire, `${header} is ${describe(value)}; expected UTF-8 in percent-encoding`);
}

function setExtension(
  wire: WireMessage,
  header: string,
  name: string,
  value: string,
  headers: Record<string, string>,
): void {
  if (!isAttributeName(name)) {
    throw malformedEvent(wire, `the header ${describe(header)} names no attribute; expected ${expectedName}`);
  }
  if (!isExtensionValue(name, value)) throw malformedEvent(wire, `${header} is empty`);
  const key = extensionPrefix + name;
  headers[key] = once(wire, header, headers[key], value);
}

/** An attribute can come under two names, which then must agree. */
function once(wire: WireMessage, header: string, before: string | undefined, value: string): string {
  if (before === undefined || before === value) return value;
  throw malformedEvent(wire, `${header} is ${describe(value)}, and also ${describe(before)}`);
}
