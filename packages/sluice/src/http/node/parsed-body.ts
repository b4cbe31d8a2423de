import { BodyTakenError } from "./body-taken-error.js";
import type { NodeRequest } from "./node-request.js";

/** What a parser has left of a body, as it was sent; `undefined` where the body is still to be read. */
export function parsedBody(
  { readableDidRead, readableEnded }: NodeRequest,
  parsed: unknown,
): string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | undefined {
  if (!readableDidRead && !readableEnded) return undefined;
  if (typeof parsed === "string" || parsed instanceof Uint8Array) {
    return parsed as string | Uint8Array<ArrayBuffer>;
  }
  if (parsed !== undefined) return JSON.stringify(parsed);
  return readableDidRead ? taken() : "";
}

/** Fails when it is read: whoever does not need the body is not told. */
function taken(): ReadableStream<Uint8Array> {
  return new ReadableStream(
    { pull: (controller) => controller.error(new BodyTakenError()) },
    { highWaterMark: 0 },
  );
}
