import { describe } from "../../errors/describe.js";
import type { EncodedPayload, Message } from "../message.js";
import { MessageRefusedError } from "../publish-errors.js";
import { type AttributeNames, extensionPrefix, isContentType, isOwnAttribute } from "./attribute-names.js";
import {
  expectedName,
  expectedText,
  isAttributeName,
  isAttributeText,
  isExtensionValue,
} from "./attribute-rules.js";
import { formatTimestamp } from "./format-timestamp.js";
import { isMediaType } from "./media-type.js";
import { payloadBytes } from "./payload-bytes.js";
import { setHeader } from "./set-header.js";

/** A message in the terms of CloudEvents, checked. */
export interface EventToWrite {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly partitionkey: string | undefined;
  /** By the names of attributes; `undefined` where there are none. */
  readonly extensions: Readonly<Record<string, string>> | undefined;
  /** All that is no attribute and not the media type, as it was given; whoever writes adds theirs. */
  readonly headers: Record<string, string>;
  readonly payload: EncodedPayload | undefined;
}

/**
 * What of a message is an attribute, and what is a header. A header `ce-id`, and such as stand for other fields of the
 * message, says nothing: the fields do.
 *
 * @throws {MessageRefusedError} what CloudEvents cannot carry
 */
export function eventToWrite(message: Message, names: AttributeNames): EventToWrite {
  const { id, name, key, timestamp } = message;
  if (!isAttributeText(id)) throw refused(message, "id", id);
  if (!isAttributeText(name)) throw refused(message, "name", name);
  if (key !== undefined && !isAttributeText(key)) throw refused(message, "key", key);
  const time = formatTimestamp(timestamp);
  if (time.length !== 24) throw refused(message, "timestamp", time, "a moment in the years 0 to 9999");

  const payload = payloadBytes(message);
  if (payload !== undefined && !isMediaType(payload.contentType)) {
    throw refused(message, "content type", payload.contentType, 'a media type such as "application/json"');
  }

  const headers: Record<string, string> = {};
  let extensions: Record<string, string> | undefined;
  const given = message.headers;
  for (const header of Object.keys(given)) {
    const value = given[header] as string;
    const attribute = header.startsWith(extensionPrefix)
      ? header.slice(extensionPrefix.length)
      : names.attributeOf(header);
    if (attribute === undefined) {
      if (!isContentType(header)) setHeader(headers, header, value);
    } else if (!isOwnAttribute(attribute)) {
      checkExtension(message, header, attribute, value);
      extensions ??= {};
      extensions[attribute] = value;
    }
  }
  return { id, type: name, time, partitionkey: key, extensions, headers, payload };
}

function checkExtension(message: Message, header: string, name: string, value: string): void {
  if (!isAttributeName(name)) throw refused(message, "header", header, expectedName, " after its prefix");
  if (!isExtensionValue(name, value)) throw refused(message, `header ${header}`, value);
}

function refused({ id }: Message, field: string, given: string, expected = expectedText, where = "") {
  const problem = `its ${field} is ${describe(given)}; CloudEvents demands ${expected}${where}.`;
  return new MessageRefusedError(id, problem);
}
