import { describe } from "../../errors/describe.js";
import type { Headers } from "../../messages/metadata.js";
import { MalformedMessageError } from "../malformed-message-error.js";
import type { WireMessage, WrittenMessage } from "../wire-format.js";
import type { OwnAttribute, OwnAttributes } from "./attribute-names.js";
import { problemOf } from "./attribute-rules.js";
import { parseTimestamp } from "./parse-timestamp.js";

export const cloudEventsName = "CloudEvents 1.0";

export function malformedEvent(wire: WireMessage, problem: string, options?: ErrorOptions) {
  return new MalformedMessageError(cloudEventsName, wire, problem, options);
}

export interface ReadEvent {
  readonly wire: WireMessage;
  readonly topic: string;
  readonly given: OwnAttributes;
  /** How the binding or the event format calls them. */
  readonly nameOf: { readonly [name in OwnAttribute]: string };
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** The message that an event is, once all its attributes are known. */
export function messageOf({ wire, topic, given, nameOf, headers, body }: ReadEvent): WrittenMessage {
  const problem = problemOf(given, nameOf);
  if (problem !== undefined) throw malformedEvent(wire, problem);
  const { id, type, time, partitionkey, datacontenttype = "application/json" } = given;
  return {
    id: id as string,
    name: type as string,
    topic,
    key: wire.key ?? partitionkey,
    timestamp: time === undefined ? (wire.timestamp ?? new Date()) : momentOf(wire, nameOf.time, time),
    headers,
    encoded: { contentType: datacontenttype, bytes: body },
  };
}

function momentOf(wire: WireMessage, name: string, time: string): Date {
  const ms = parseTimestamp(time);
  if (!Number.isNaN(ms)) return new Date(ms);
  const expected = 'a moment by RFC 3339, such as "2026-11-30T17:00:00Z"';
  throw malformedEvent(wire, `${name} is ${describe(time)}; expected ${expected}`);
}
