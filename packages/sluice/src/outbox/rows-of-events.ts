import { headersOf } from "../brokers/headers-of.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { InvalidEventError } from "../handlers/handler-errors.js";
import { withContentEncoding } from "../messages/compression.js";
import { eventKind } from "../messages/event.js";
import { MessageRegistry } from "../messages/message-registry.js";
import type { NotificationEvent } from "../messages/notification-event.js";
import { keyHash } from "../queue/key-hash.js";
import { nameProblem } from "../queue/name-problem.js";
import type { NewRow } from "../queue/queue-row.js";
import { sizeProblem } from "../queue/size-problem.js";
import type { AddOptions } from "./outbox.js";
import { OutboxRefusedError } from "./outbox-errors.js";

export interface OutboxOptions {
  /** Names the events that may be added, and says how each is written. */
  readonly registry: MessageRegistry;
  /**
   * How large a payload may be, in bytes from 1 up.
   * @default 1_000_000, what most brokers take
   */
  readonly maxBytes?: number | undefined;
  /**
   * Whether published events are kept until a relay's `retentionMs` has passed, instead of being deleted at once.
   * @default false
   */
  readonly keepDone?: boolean | undefined;
}

export interface OutboxSettings {
  readonly registry: MessageRegistry;
  readonly maxBytes: number;
  readonly keepDone: boolean;
}

/** Checks what an outbox was given and fills in the rest. */
export function outboxSettings(
  outbox: string,
  { registry, maxBytes = 1_000_000, keepDone = false }: OutboxOptions,
): OutboxSettings {
  if (!(registry instanceof MessageRegistry))
    throw new InvalidOptionError(`${outbox} registry`, registry, "a MessageRegistry");
  if (!(Number.isSafeInteger(maxBytes) && maxBytes >= 1))
    throw new InvalidOptionError(`${outbox} maxBytes`, maxBytes, "a whole number from 1 up");
  if (typeof keepDone !== "boolean")
    throw new InvalidOptionError(`${outbox} keepDone`, keepDone, "true or false");
  return { registry, maxBytes, keepDone };
}

/** Notification events as the rows that are stored; all of them, or none. */
export function rowsOfEvents(
  events: NotificationEvent | readonly NotificationEvent[],
  options: OutboxSettings,
  addOptions?: AddOptions,
): NewRow[] {
  const list = Array.isArray(events)
    ? (events as readonly NotificationEvent[])
    : [events as NotificationEvent];
  return list.map((event) => rowOfEvent(event, options, addOptions));
}

/** A notification event as the row that is stored: its payload as bytes, everything else beside it. */
function rowOfEvent(
  event: NotificationEvent,
  { registry, maxBytes }: OutboxSettings,
  { metadata, headers }: AddOptions = {},
): NewRow {
  if (eventKind(event) !== "notification") throw new InvalidEventError(event, "outbox.add");
  const { eventId, eventName, topic, key, eventTimestamp } = event;
  const refuseIf = (problem: string | undefined): void => {
    if (problem !== undefined) throw new OutboxRefusedError(eventName, eventId, problem);
  };
  for (const [field, text] of Object.entries({ eventId, eventName, topic, key }))
    if (text !== undefined) refuseIf(nameProblem(field, text));
  const { name, contentType, contentEncoding, bytes } = registry.encode(event);
  refuseIf(sizeProblem(bytes, maxBytes));
  return {
    keyHash: keyHash(topic, key ?? eventId),
    messageId: eventId,
    name,
    topic,
    key,
    timestamp: eventTimestamp.getTime(),
    contentType,
    headers:
      metadata || headers || contentEncoding
        ? JSON.stringify(
            withContentEncoding({ ...(metadata && headersOf(metadata)), ...headers }, contentEncoding),
          )
        : "{}",
    body: bytes,
  };
}
