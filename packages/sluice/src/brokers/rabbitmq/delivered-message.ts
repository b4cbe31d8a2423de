import type { WireMessage } from "../wire-format.js";
import type { RabbitMQDelivery, RabbitMQProperties } from "./rabbitmq-client.js";
import { asBytes, encodingOf } from "./whole-bodies.js";

/** Our own headers: on a message that waits for another try, on a dead letter. */
export const attemptHeader = "sluice-attempt";
export const routingKeyHeader = "sluice-routing-key";
export const deadLetterIdHeader = "sluice-dead-letter-id";

/** What the server or we add on the way; `CC` and `BCC` would send a copy out once more. */
const ofTheWay = new Set([
  attemptHeader,
  routingKeyHeader,
  deadLetterIdHeader,
  "x-delivery-count",
  "x-acquired-count",
  "x-death",
  "x-first-death-exchange",
  "x-first-death-queue",
  "x-first-death-reason",
  "x-last-death-exchange",
  "x-last-death-queue",
  "x-last-death-reason",
  "CC",
  "BCC",
]);

const timeHeaders = new Set(["cloudEvents_time", "cloudEvents:time"]);

/** A message that came from RabbitMQ, which knows what it came with. Written for speed. */
export class DeliveredMessage implements WireMessage {
  readonly key: string | undefined;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  readonly timestamp: Date | undefined;
  readonly #delivery: RabbitMQDelivery;

  constructor(delivery: RabbitMQDelivery) {
    const { headers = {}, contentType, timestamp } = delivery;
    const contentEncoding = encodingOf(delivery);
    const texts = isText(headers) ? { ...headers } : textsOf(headers);
    this.key = texts.cloudEvents_partitionkey ?? texts["cloudEvents:partitionkey"];
    if (contentType !== undefined) texts["content-type"] = contentType;
    if (contentEncoding !== undefined) texts["content-encoding"] = contentEncoding;
    this.headers = texts;
    this.body = asBytes(delivery);
    this.timestamp = timestamp === undefined ? undefined : new Date(timestamp * 1_000);
    this.#delivery = delivery;
  }

  /** What a copy of this very message is sent with; of a copy of it there is none. */
  static origin(wire: WireMessage): (RabbitMQProperties & { routingKey: string }) | undefined {
    if (!(#delivery in wire)) return undefined;
    const { headers: given = {}, ...delivery } = (wire as DeliveredMessage).#delivery;
    const { priority, correlationId, replyTo, messageId, timestamp, type, appId, contentType } = delivery;
    const headers: Record<string, unknown> = {};
    for (const name in given) {
      // The driver reads bytes, but writes a table of numbers for them.
      if (!ofTheWay.has(name))
        headers[name] = given[name] instanceof Uint8Array ? wire.headers[name] : given[name];
    }
    return {
      routingKey: String(given[routingKeyHeader] ?? delivery.routingKey),
      contentType,
      contentEncoding: wire.headers["content-encoding"],
      headers,
      priority,
      correlationId,
      replyTo,
      messageId,
      timestamp,
      type,
      appId,
    };
  }
}

/** Which try this is: tries before it went to wait, and deliveries since. */
export function attemptOf({ headers = {}, redelivered }: RabbitMQDelivery): number {
  const before = Number(headers[attemptHeader] ?? 1);
  const deliveries = headers["x-delivery-count"];
  return before + (typeof deliveries === "number" ? deliveries : redelivered ? 1 : 0);
}

function isText(headers: Record<string, unknown>): headers is Record<string, string> {
  for (const name in headers) if (typeof headers[name] !== "string" || ofTheWay.has(name)) return false;
  return true;
}

function textsOf(headers: Record<string, unknown>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || value === null || ofTheWay.has(name)) continue;
    texts[name] = textOf(name, value);
  }
  return texts;
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && timeHeaders.has(name)) return new Date(value * 1_000).toISOString();
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
