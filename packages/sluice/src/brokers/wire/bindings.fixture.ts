import type { WireBinding } from "../wire-format.js";

/** What the brokers' own bindings of CloudEvents say. */
export const bindings = {
  kafka: { prefix: "ce_" },
  amqp: { prefix: "cloudEvents_", alsoReads: ["cloudEvents:", "ce-"] },
  nats: { prefix: "ce-", percentEncoded: true, contentTypeAttribute: true },
  http: { prefix: "ce-", percentEncoded: true },
  memory: { prefix: "ce-" },
} as const satisfies Record<string, WireBinding>;

export const bindingCases = Object.entries(bindings).map(([broker, binding]) => ({ broker, binding }));

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const bytesOf = (text: string) => encoder.encode(text);
export const textOf = (bytes: Uint8Array | undefined) => decoder.decode(bytes);
