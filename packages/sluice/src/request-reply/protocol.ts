import { MalformedMessageError } from "../brokers/malformed-message-error.js";
import type { Message } from "../brokers/message.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { Headers } from "../messages/metadata.js";

/**
 * How a request and what comes of it travel. A request is a message like any other, with headers that say where its
 * replies go. Replies go to the reply topic, on which all requesters listen, each for its own. What a requester says
 * later of a request that it has sent goes to the control topic, on which all responders listen.
 */
export const requestHeaders = {
  /** The topic for replies. */
  replyTo: "reply-to",
  /** Who asks: replies carry it back. */
  requester: "reply-requester",
  /** How many items may be sent before more are granted; of a request that streams. */
  credit: "reply-credit",
  /** After this moment nobody waits: milliseconds since 1970. */
  deadline: "reply-deadline",
} as const;

/** What comes of a request. */
export type ReplyKind = "response" | "item" | "end" | "failed";

/** What a requester says of a request that is under way; `alive` is for all of its own. */
export type ControlKind = "cancel" | "credit" | "alive";

export const controlTopicOf = (topic: string): string => `${topic}.control`;
export const replyTopicOf = (topic: string): string => `${topic}.replies`;

/** Where a reply belongs. */
export interface ReplyPlace {
  readonly requester: string;
  readonly requestId: string;
  /** One try of the far handler: another one has another. */
  readonly run: string;
  /** From 0 up, within the run. */
  readonly place: number;
}

export function replyMessage(
  kind: ReplyKind,
  topic: string,
  { requester, requestId, run, place }: ReplyPlace,
  payload: unknown,
  headers: Headers = {},
): Message {
  return {
    id: `${run}/${place}`,
    name: `sluice.reply.${kind}`,
    topic,
    // One partition for the replies of a request: they stay in their order.
    key: requestId,
    timestamp: new Date(),
    headers: {
      ...headers,
      "reply-requester": requester,
      "reply-request": requestId,
      "reply-run": run,
      "reply-place": String(place),
    },
    payload,
  };
}

/** Where a reply belongs; `undefined` where it is none, or somebody else's. */
export function replyPlaceOf({ raw }: ReceivedMessage, requester: string): ReplyPlace | undefined {
  const { headers } = raw;
  if (headers["reply-requester"] !== requester) return undefined;
  const { "reply-request": requestId, "reply-run": run, "reply-place": place } = headers;
  if (requestId === undefined || run === undefined || !/^\d{1,15}$/.test(place ?? "")) return undefined;
  return { requester, requestId, run, place: Number(place) };
}

export function replyKindOf({ name }: ReceivedMessage): ReplyKind {
  return name.replace(/^sluice\.reply\./, "") as ReplyKind;
}

const controlKinds: readonly string[] = ["cancel", "credit", "alive"] satisfies readonly ControlKind[];

/** What a requester says; `undefined` where it is nothing that one says, whoever has sent it. */
export function controlKindOf(message: ReceivedMessage): ControlKind | undefined {
  try {
    const kind = message.name.replace(/^sluice\.request\./, "");
    return controlKinds.includes(kind) ? (kind as ControlKind) : undefined;
  } catch (error) {
    if (error instanceof MalformedMessageError) return undefined;
    throw error;
  }
}

export function controlMessage(
  kind: ControlKind,
  topic: string,
  requester: string,
  requestId: string,
  credit = 0,
): Message {
  return {
    id: crypto.randomUUID(),
    name: `sluice.request.${kind}`,
    topic: controlTopicOf(topic),
    key: requester,
    timestamp: new Date(),
    headers: {
      "reply-requester": requester,
      "reply-request": requestId,
      ...(credit > 0 && { "reply-credit": String(credit) }),
    },
    payload: undefined,
  };
}

/** A whole number in a header that comes from outside. */
export function countIn(headers: Headers, name: string, most: number): number | undefined {
  const text = headers[name];
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  return Math.min(Number(text), most);
}
