import { describe } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { InvalidEventError } from "../handlers/handler-errors.js";
import { withContentEncoding } from "../messages/compression.js";
import { eventKind } from "../messages/event.js";
import { MessageRegistry } from "../messages/message-registry.js";
import { isRequest } from "../messages/request.js";
import { keyHash } from "../queue/key-hash.js";
import { nameProblem } from "../queue/name-problem.js";
import type { NewRow } from "../queue/queue-row.js";
import { sizeProblem } from "../queue/size-problem.js";
import type { InboxEntry } from "./inbox.js";
import { InboxRefusedError } from "./inbox-errors.js";

export interface InboxOptions {
  /** Names the messages that may be stored, and says how each is written. */
  readonly registry: MessageRegistry;
  /**
   * How large a message may be, in bytes from 1 up.
   * @default 1_000_000
   */
  readonly maxBytes?: number | undefined;
}

export interface InboxSettings {
  readonly registry: MessageRegistry;
  readonly maxBytes: number;
}

/** Checks what an inbox was given and fills in the rest. */
export function inboxSettings(
  inbox: string,
  { registry, maxBytes = 1_000_000 }: InboxOptions,
): InboxSettings {
  if (!(registry instanceof MessageRegistry))
    throw new InvalidOptionError(`${inbox} registry`, registry, "a MessageRegistry");
  if (!(Number.isSafeInteger(maxBytes) && maxBytes >= 1))
    throw new InvalidOptionError(`${inbox} maxBytes`, maxBytes, "a whole number from 1 up");
  return { registry, maxBytes };
}

/** Messages as the rows that are stored; all of them, or none. */
export function rowsOfEntries(entries: readonly InboxEntry[], options: InboxSettings): NewRow[] {
  if (!Array.isArray(entries))
    throw new InvalidOptionError("inbox.add(entries)", entries, "a list of [messageId, message]");
  return entries.map((entry) => rowOfEntry(entry, options));
}

function rowOfEntry(
  [messageId, message, { key, headers = {} } = {}]: InboxEntry,
  { registry, maxBytes }: InboxSettings,
): NewRow {
  const refuseIf = (problem: string | undefined): void => {
    if (problem !== undefined) throw new InboxRefusedError(String(messageId), problem);
  };
  if (typeof messageId !== "string" || messageId === "")
    refuseIf(`its id is ${describe(messageId)}; expected a text.`);
  if (!isRequest(message) && eventKind(message) !== "domain")
    throw new InvalidEventError(message, "inbox.add");
  const { name, contentType, contentEncoding, bytes } = registry.encode(message);
  for (const [field, text] of Object.entries({ id: messageId, name, key }))
    if (text !== undefined) refuseIf(nameProblem(field, text));
  refuseIf(sizeProblem(bytes, maxBytes));
  return {
    keyHash: keyHash(name, key ?? messageId),
    messageId,
    name,
    topic: name,
    key,
    timestamp: Date.now(),
    contentType,
    headers: JSON.stringify(withContentEncoding(headers, contentEncoding)),
    body: bytes,
  };
}

/** Checks what a mark is made of. */
export function requireConsumer(messageId: string, consumer: string): void {
  for (const [field, text] of Object.entries({ messageId, consumer })) {
    if (typeof text !== "string" || text === "")
      throw new InvalidOptionError(`inbox.accept ${field}`, text, "a string with at least one character");
    const problem = nameProblem(field, text, field === "consumer" ? longestConsumer : undefined);
    if (problem !== undefined) throw new InboxRefusedError(messageId, problem);
  }
}

/** MySQL has an index over it and an id, which has a greatest length. */
const longestConsumer = 190;
