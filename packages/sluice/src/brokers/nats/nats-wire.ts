import { MessageRefusedError } from "../publish-errors.js";
import { percentDecode, percentEncode } from "../wire/percent-encoding.js";
import { setHeader } from "../wire/set-header.js";
import type { WireBinding, WireMessage } from "../wire-format.js";
import type { NatsMessage } from "./nats-connection.js";

export const natsBinding: WireBinding = { prefix: "ce-", percentEncoded: true, contentTypeAttribute: true };

/** The key in CloudEvents; on NATS it has no place of its own. */
const keyAttribute = "ce-partitionkey";
/**
 * The key where the format wrote none, percent-encoded too. A header that begins with `ce-` would make others take an event
 * in structured mode for one in binary mode.
 */
const keyHeader = "sluice-key";

const encoder = new TextEncoder();

/** Headers as the driver sends them. */
export interface NatsHeaderBlock {
  encode(): Uint8Array;
}

/**
 * Writes headers. Those that the server acts on (`Nats-Rollup`) are refused, and so is what would not arrive as it is,
 * or would become a header of its own.
 *
 * @throws {MessageRefusedError} a header's name or value cannot be sent.
 */
export function natsHeaders({ headers, key }: WireMessage, id: string, dedupeAs: string): NatsHeaderBlock {
  let text = `NATS/1.0\r\nNats-Msg-Id: ${safeId(dedupeAs)}\r\n`;
  for (const name in headers) {
    const value = headers[name] as string;
    const problem = headerProblem(name, value);
    if (problem !== undefined) throw new MessageRefusedError(id, problem);
    text += `${name}: ${value}\r\n`;
  }
  if (key !== undefined && headers[keyAttribute] === undefined)
    text += `${keyHeader}: ${percentEncode(key)}\r\n`;
  const bytes = encoder.encode(`${text}\r\n`);
  return { encode: () => bytes };
}

function headerProblem(name: string, value: string): string | undefined {
  const what = `header ${JSON.stringify(name)}`;
  if (!/^[!-9;-~]+$/.test(name))
    return `${what} is no name for a header: printable ASCII without colon and space`;
  if (/^nats-/i.test(name)) return `${what} is the server's own; give it another name`;
  if (/[\r\n\0]/.test(value)) return `${what} has a line break or a NUL, which would end it`;
  if (value !== value.trim()) return `${what} begins or ends with white space, which would be lost`;
  return value.isWellFormed() ? undefined : `${what} is no well-formed text`;
}

/** An id that a header cannot carry is percent-encoded; and so that none looks like another's, those with `%` too. */
function safeId(id: string): string {
  return /[%\r\n\0]|^\s|\s$/.test(id) || !id.isWellFormed() ? encodeURIComponent(id.toWellFormed()) : id;
}

/** What came, without the server's own headers. */
export function natsWireMessage(
  message: Pick<NatsMessage, "headers" | "data">,
  timestamp: Date,
): WireMessage {
  const headers: Record<string, string> = {};
  let key: string | undefined;
  for (const [name, values] of headersOf(message)) {
    const value = values.length === 1 ? (values[0] as string) : values.join(", ");
    if (name === keyHeader) key ??= value;
    else if (!/^nats-/i.test(name)) setHeader(headers, name, value);
    if (name.length === keyAttribute.length && name.toLowerCase() === keyAttribute) key = value;
  }
  return {
    key: key === undefined ? undefined : (percentDecode(key) ?? key),
    headers,
    body: message.data,
    timestamp,
  };
}

function headersOf(message: Pick<NatsMessage, "headers">): Iterable<[string, string[]]> {
  try {
    return message.headers ?? [];
  } catch {
    // The driver reads none of them where one has a name that is none. Without them it is no CloudEvent, but a message.
    return [];
  }
}

/** What the server says of a message that it delivers, in the subject to which its acknowledgement goes. */
export interface NatsDelivery {
  /** How often it was delivered, this time included. */
  readonly count: number;
  readonly streamSeq: number;
  readonly consumerSeq: number;
  readonly timestampMs: number;
}

/** `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<count>.<stream seq>.<consumer seq>.<time>.<pending>[.<random>]` */
export function natsDelivery(reply: string): NatsDelivery {
  const parts = reply.split(".");
  const first = parts.length === 9 ? 4 : 6;
  const [count, streamSeq, consumerSeq, nanos] = parts.slice(first, first + 4).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { count, streamSeq, consumerSeq, timestampMs: nanos / 1e6 };
}
