import type { DeadLetterEntry } from "../../brokers/dead-letter-queue.js";
import type { ReceivedMessage } from "../../brokers/received-message.js";
import { deadLetterReason, saysWhereFrom } from "../../consumers/dead-letter-headers.js";
import { reasonOf } from "../../errors/reason.js";
import { contentEncodingOf } from "../../messages/compression.js";
import type { Headers } from "../../messages/metadata.js";

/** What of a dead letter's message could be read. */
interface Content {
  readonly messageId: string | undefined;
  readonly name: string | undefined;
  /** The moment the event happened. */
  readonly timestamp: Date | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Why the message cannot be read, where it cannot. */
  readonly problem: string | undefined;
  /** The payload; of what cannot be read, all that came. */
  readonly body: Uint8Array;
}

/** A dead letter as a person looks at it: what is not known of it is `undefined`. */
export interface DeadLetter extends Content {
  readonly id: string;
  /** When it was given up. */
  readonly at: Date | undefined;
  readonly topic: string | undefined;
  readonly group: string | undefined;
  readonly key: string | undefined;
  readonly attempts: number | undefined;
  readonly reason: string | undefined;
  readonly error: string | undefined;
  /** As they came, with those that say why it was given up. */
  readonly headers: Headers;
}

export function deadLetterOf({ id, message }: DeadLetterEntry): DeadLetter {
  const { at, topic, group, attempts, reason, error } = deadLetterReason(message);
  return {
    id,
    at: at.getTime() > 0 ? at : undefined,
    topic: saysWhereFrom(message) ? topic : undefined,
    group: group || undefined,
    key: message.key,
    attempts: attempts > 0 ? attempts : undefined,
    reason: reason || undefined,
    error: error || undefined,
    headers: message.raw.headers,
    ...contentOf(message),
  };
}

function contentOf(message: ReceivedMessage): Content {
  try {
    const { id, name, timestamp, headers, encoded } = message;
    return {
      messageId: id,
      name,
      timestamp,
      contentType: encoded.contentType,
      contentEncoding: contentEncodingOf(headers),
      problem: undefined,
      body: encoded.bytes,
    };
  } catch (error) {
    const { headers, body } = message.raw;
    return {
      messageId: undefined,
      name: undefined,
      timestamp: undefined,
      contentType: headers["content-type"],
      contentEncoding: contentEncodingOf(headers),
      problem: reasonOf(error),
      body,
    };
  }
}
