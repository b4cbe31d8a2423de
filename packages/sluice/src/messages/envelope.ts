import type { Headers } from "./metadata.js";

/** What travels beside the bytes of a message. What a broker delivers has all of it. */
export interface Envelope {
  /** The message's, which it keeps (rule M3): `context.metadata.messageId` of its handlers. */
  readonly id?: string | undefined;
  readonly topic?: string | undefined;
  readonly key?: string | undefined;
  /** The moment that a notification event happened. */
  readonly timestamp?: Date | undefined;
  /** `content-encoding` among them, where the bytes are compressed. */
  readonly headers?: Headers | undefined;
}
