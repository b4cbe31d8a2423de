import { NotificationEvent } from "sluice";
import { MessageRegistry } from "sluice/messages";

/** How many rows are moved where nothing else is said. */
export const rows = 100_000;
/** How many keys they are of, in turn. */
export const keys = 1_000;

/** An event of some 100 bytes. */
export class Moved extends NotificationEvent<{ readonly text: string }> {
  constructor(n: number) {
    super({ eventName: "moved", topic: "moves", key: `key-${n % keys}`, payload: { text: "x".repeat(88) } });
  }
}

export const registry = new MessageRegistry().register("moved", Moved);

/** One event of each key, from which all rows of a table are made. */
export function oneOfEachKey(): Moved[] {
  return Array.from({ length: keys }, (_, n) => new Moved(n));
}

/** What of a row is copied; its message id is made anew. */
export const copied = "bucket, key_hash, name, topic, message_key, timestamp_ms, content_type, headers, body";

/** What a table made by hand has of it. */
export const copiedByHand = "name, topic, message_key, timestamp_ms, content_type, headers, body";
