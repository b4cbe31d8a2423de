import type { ReceivedMessage } from "../brokers/received-message.js";
import { reasonOf } from "../errors/reason.js";
import type { Headers } from "../messages/metadata.js";

/** Why a message is a dead letter, where from and how often it was tried. */
export interface DeadLetterReason {
  readonly topic: string;
  readonly group: string;
  /** The code or the name of the error. */
  readonly reason: string;
  /** What the error said. */
  readonly error: string;
  readonly attempts: number;
  readonly at: Date;
}

const prefix = "dead-letter-";
const longestError = 1_000;

/** The headers that a dead letter gets beside its own. */
export function deadLetterHeaders(message: ReceivedMessage, group: string, error: unknown): Headers {
  return {
    [`${prefix}topic`]: message.topic,
    [`${prefix}group`]: group,
    [`${prefix}reason`]: nameOf(error),
    [`${prefix}error`]: inOneLine(reasonOf(error)),
    [`${prefix}attempts`]: String(message.attempt),
    [`${prefix}at`]: new Date().toISOString(),
  };
}

/** Reads them back; what somebody else has put there may have none of them. */
export function deadLetterReason({ raw, topic }: ReceivedMessage): DeadLetterReason {
  const get = (name: string) => raw.headers[prefix + name];
  return {
    topic: get("topic") ?? topic,
    group: get("group") ?? "",
    reason: get("reason") ?? "",
    error: get("error") ?? "",
    attempts: Number(get("attempts") ?? 0),
    at: new Date(get("at") ?? raw.timestamp ?? 0),
  };
}

/** Whether it says where it came from: what somebody else has put there may not. */
export function saysWhereFrom({ raw }: ReceivedMessage): boolean {
  return raw.headers[`${prefix}topic`] !== undefined;
}

/** A message's headers without those. */
export function withoutDeadLetterHeaders(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(prefix)));
}

function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : typeof name === "string" ? name : typeof error;
}

/** A header has no control characters, and no room for a page. */
function inOneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").slice(0, longestError);
}
