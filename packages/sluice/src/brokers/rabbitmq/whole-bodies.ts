import type { RabbitMQChannel, RabbitMQDelivery } from "./rabbitmq-client.js";

declare const Buffer: { from(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array };

interface HeaderFrame {
  fields: { contentEncoding?: string | undefined };
}

/** No encoding that anybody names. */
const none = "\0";

/**
 * Has a channel give bodies as they came. rabbitmq-client parses those of `application/json` that name no
 * content-encoding, and their bytes are gone then, which other codecs and dead letters need: numbers of 64 bits, for
 * one. So each names one here until {@link encodingOf}. Says whether this driver can be kept from it.
 */
export function keepWhole(channel: RabbitMQChannel): boolean {
  const inner = channel as { _onHeader?: (frame: HeaderFrame) => void };
  const { _onHeader: onHeader } = inner;
  if (typeof onHeader !== "function") return false;
  inner._onHeader = function (frame) {
    frame.fields.contentEncoding ??= none;
    onHeader.call(this, frame);
  };
  return true;
}

/** The content-encoding that it came with. */
export function encodingOf({ contentEncoding }: RabbitMQDelivery): string | undefined {
  return contentEncoding === none ? undefined : contentEncoding;
}

/** The bytes of a body; of one that the driver has parsed all the same, such that say the same. */
export function asBytes({ body, contentType }: RabbitMQDelivery): Uint8Array {
  if (body instanceof Uint8Array) return new Uint8Array(body.buffer, body.byteOffset, body.length);
  return new TextEncoder().encode(contentType === "text/plain" ? String(body) : JSON.stringify(body));
}

/** The driver sends only a `Buffer` as it is. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return Buffer.from(buffer, byteOffset, byteLength);
}
