import { accepted } from "./accept.js";
import { jsonArrayFormat } from "./json-array-format.js";
import { ndjsonFormat } from "./ndjson-format.js";
import { refusal } from "./refusal.js";
import { sseFormat } from "./sse-format.js";
import type { StreamFormat } from "./stream-format.js";

const formats = {
  "text/event-stream": sseFormat,
  "application/x-ndjson": ndjsonFormat,
  "application/ndjson": { ...ndjsonFormat, contentType: "application/ndjson; charset=utf-8" },
  "application/json": jsonArrayFormat,
} as const satisfies Record<string, StreamFormat>;

const streamTypes = Object.keys(formats) as (keyof typeof formats)[];

/** How a stream is written to this client: one that names nothing we know by name gets a JSON array. */
export function negotiateStream(accept: string | null): StreamFormat {
  const type = accepted(accept, streamTypes);
  if (type === undefined) throw notAcceptable(streamTypes);
  return formats[type];
}

/** An answer is JSON: refuses a client that takes anything but that. */
export function requireJsonAccepted(accept: string | null): void {
  if (accepted(accept, ["application/json"]) === undefined) throw notAcceptable(["application/json"]);
}

function notAcceptable(types: readonly string[]) {
  return refusal("HTTP_NOT_ACCEPTABLE", `Accept one of ${types.join(", ")}.`);
}
