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

/** What a client says who wants one response, and would take a list of items for it. */
const oneResponse = /(^|,)\s*application\/json\s*;\s*as=response\s*(;|,|$)/i;

/** How a stream is written to this client: one that names nothing we know by name gets a JSON array. */
export function negotiateStream(name: string, accept: string | null): StreamFormat {
  if (oneResponse.test(accept ?? "")) {
    throw refusal(
      "HTTP_IS_STREAM",
      `${name} is exposed as a stream, and was asked for one response. Stream it.`,
    );
  }
  const type = accepted(accept, streamTypes);
  if (type === undefined) throw notAcceptable(streamTypes);
  return formats[type];
}

/** An answer is JSON: refuses a client that takes anything but that. */
export function requireJsonAccepted(name: string, accept: string | null): void {
  if (accepted(accept, ["application/json"]) !== undefined) return;
  if (accepted(accept, streamTypes) === undefined) throw notAcceptable(["application/json"]);
  throw refusal("HTTP_IS_RESPONSE", `${name} has one response, and was asked for a stream. Send it.`);
}

function notAcceptable(types: readonly string[]) {
  return refusal("HTTP_NOT_ACCEPTABLE", `Accept one of ${types.join(", ")}.`);
}
