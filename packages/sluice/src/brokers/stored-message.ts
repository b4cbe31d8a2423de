import { jsonCodec } from "../messages/json-codec.js";
import type { Message } from "./message-broker.js";

/** A message as a wire carries it. */
export interface StoredMessage extends Omit<Message, "timestamp" | "payload"> {
  readonly timestamp: string;
  /** JSON of `{ payload }`, so that a payload may be `undefined`, and an error names the field from there. */
  readonly bytes: Uint8Array;
}

export function storeMessage({ id, name, topic, key, timestamp, headers, payload }: Message): StoredMessage {
  return {
    id,
    name,
    topic,
    key,
    timestamp: timestamp.toISOString(),
    headers: { ...headers },
    bytes: jsonCodec.encode({ payload }),
  };
}

/** A copy of its own for each who reads. */
export function readMessage({ timestamp, headers, bytes, ...rest }: StoredMessage): Message {
  const { payload } = jsonCodec.decode(bytes) as { readonly payload: unknown };
  return { ...rest, timestamp: new Date(timestamp), headers: { ...headers }, payload };
}
