import type { Headers } from "../messages/metadata.js";
import type { ReceivedMessage } from "./received-message.js";

/** A message that was given up, as it is kept at the broker. */
export interface DeadLetterEntry {
  /** Its place in the queue, for people to name it by: an offset, a sequence number, the id of a stream's entry. */
  readonly id: string;
  /** As it came, with the headers that say why it was given up. */
  readonly message: ReceivedMessage;
}

export interface DeadLetterListOptions {
  /** From 1 to 10,000. @default 100 */
  readonly limit?: number | undefined;
  /** Only those behind the one with this id. @default from the first one */
  readonly after?: string | undefined;
}

/** Messages that consumers gave up on, kept at the broker until somebody looks after them. */
export interface DeadLetterQueue {
  /** Keeps a message as it came, with these headers added; resolves when it is there for good. */
  add(message: ReceivedMessage, headers: Headers, signal: AbortSignal): Promise<void>;
  /** Those that are kept, the oldest first. */
  list(options?: DeadLetterListOptions): Promise<DeadLetterEntry[]>;
  /** Removes one for good; `false` where it is not there. */
  remove(id: string): Promise<boolean>;
}
