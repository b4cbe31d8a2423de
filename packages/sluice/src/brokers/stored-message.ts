import { jsonCodec } from "../messages/json-codec.js";
import type { Message } from "./message-broker.js";

/** A message as a wire carries it. */
export interface StoredMessage extends Omit<Message, "timestamp" | "payload"> {
  readonly timestamp: string;
  /** Makes the payload of its bytes, anew each time. */
  readonly read: () => unknown;
}

export function storeMessage(message: Message): StoredMessage {
  const { id, name, topic, key, timestamp, headers, encoded } = message;
  return {
    id,
    name,
    topic,
    key,
    timestamp: timestamp.toISOString(),
    headers: { ...headers },
    encoded,
    read: encoded ? () => message.payload : readJson(message.payload),
  };
}

/** A copy of its own for each who reads. */
export function readMessage({ timestamp, headers, read, encoded, ...rest }: StoredMessage): Message {
  const carried = { ...rest, timestamp: new Date(timestamp), headers: { ...headers } };
  if (encoded === undefined) return { ...carried, payload: read() };
  return {
    ...carried,
    encoded: { ...encoded, bytes: encoded.bytes.slice() },
    get payload() {
      return read();
    },
  };
}

/** Keeps `{ payload }`, so that a payload may be `undefined`, and an error names the field from there. */
function readJson(payload: unknown): () => unknown {
  const bytes = jsonCodec.encode({ payload });
  return () => (jsonCodec.decode(bytes) as { readonly payload: unknown }).payload;
}
