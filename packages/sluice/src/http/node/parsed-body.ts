import { BodyTakenError } from "./body-taken-error.js";
import type { NodeRequest } from "./node-request.js";

/** What a parser that ran before has left of the body, as it was sent; `undefined` where the body is still to be read. */
export function parsedBody(
  req: NodeRequest,
): string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | undefined {
  if (!req.readableDidRead && !req.readableEnded) return undefined;
  const { body } = req;
  if (typeof body === "string" || body instanceof Uint8Array) return body as string | Uint8Array<ArrayBuffer>;
  if (body !== undefined) return JSON.stringify(body);
  return req.readableDidRead ? taken() : "";
}

/** Fails when it is read: whoever does not need the body is not told. */
function taken(): ReadableStream<Uint8Array> {
  return new ReadableStream(
    { pull: (controller) => controller.error(new BodyTakenError()) },
    { highWaterMark: 0 },
  );
}
