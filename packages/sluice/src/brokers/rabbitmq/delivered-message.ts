import type { Headers } from "../../messages/metadata.js";
import { setHeader } from "../wire/set-header.js";
import type { WireMessage } from "../wire-format.js";
import type { RabbitMQDelivery, RabbitMQProperties } from "./rabbitmq-client.js";
import { asBytes, encodingOf } from "./whole-bodies.js";

/** Our own headers: on a message that waits for another try, on a dead letter. */
export const attemptHeader = "sluice-attempt";
export const routingKeyHeader = "sluice-routing-key";
export const deadLetterIdHeader = "sluice-dead-letter-id";
/** The key, where the format wrote none among its headers: AMQP has no place for one. */
export const keyHeader = "sluice-key";

/** What the server or we add on the way; `CC` and `BCC` would send a copy out once more. */
const ofTheWay = new Set([
  attemptHeader,
  routingKeyHeader,
  deadLetterIdHeader,
  keyHeader,
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

const timeHeader = /^(?:cloudEvents[_:]|ce-)time$/;
/** Timestamps of AMQP 0-9-1 are in seconds, those of AMQP 1.0 in milliseconds: that many are in March 1973. */
const leastMs = 100_000_000_000;

type TextProperties = RabbitMQProperties & { headers: Record<string, unknown> };
type ForwardedProperties = TextProperties & { routingKey: string };

/** What it came with, which a copy of it keeps, also one by `{ ...message }`. */
const cameWith = Symbol("cameWith");

/** A message that came from RabbitMQ, which knows what it came with. Written for speed. */
export class DeliveredMessage implements WireMessage {
  readonly key: string | undefined;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  readonly timestamp: Date | undefined;
  readonly [cameWith]: RabbitMQDelivery;

  constructor(delivery: RabbitMQDelivery) {
    const { headers = {}, contentType, timestamp } = delivery;
    const contentEncoding = encodingOf(delivery);
    const texts = isText(headers) ? { ...headers } : textsOf(headers);
    this.key = keyOf(texts) ?? (headers[keyHeader] as string | undefined)?.toString();
    if (contentType !== undefined) texts["content-type"] = contentType;
    if (contentEncoding !== undefined) texts["content-encoding"] = contentEncoding;
    this.headers = texts;
    this.body = asBytes(delivery);
    this.timestamp = timestamp === undefined ? undefined : new Date(timestamp * 1_000);
    this[cameWith] = delivery;
  }

  /**
   * What such a message, or a copy of it, is sent on with, by what it came with; `undefined` where it did not come from
   * RabbitMQ. A copy has the headers that it says, the message itself has them as they came, also where they are no text.
   */
  static origin(wire: WireMessage): ForwardedProperties | undefined {
    const { [cameWith]: delivery } = wire as Partial<DeliveredMessage>;
    if (delivery === undefined) return undefined;
    const {
      headers: given = {},
      priority,
      correlationId,
      replyTo,
      messageId,
      timestamp,
      type,
      appId,
    } = delivery;
    const properties = textProperties(wire.headers);
    if (wire instanceof DeliveredMessage) {
      for (const name of Object.keys(given)) {
        // The driver reads bytes, but writes a table of numbers for them.
        if (!(ofTheWay.has(name) || given[name] instanceof Uint8Array))
          properties.headers[name] = given[name];
      }
    }
    const routingKey = String(given[routingKeyHeader] ?? delivery.routingKey);
    return { ...properties, routingKey, priority, correlationId, replyTo, messageId, timestamp, type, appId };
  }
}

/** Content type, content encoding and headers of a message whose headers are all text. */
export function textProperties({
  "content-type": contentType,
  "content-encoding": contentEncoding,
  ...headers
}: Headers): TextProperties {
  return { contentType, contentEncoding, headers };
}

/** The key that a format wrote among the headers. */
export function keyOf(headers: Headers): string | undefined {
  return (
    headers.cloudEvents_partitionkey ?? headers["cloudEvents:partitionkey"] ?? headers["ce-partitionkey"]
  );
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
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || value === null || ofTheWay.has(name)) continue;
    setHeader(texts, name, textOf(name, value));
  }
  return texts;
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  if ((typeof value === "number" || value instanceof Date) && timeHeader.test(name)) return momentOf(value);
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** In RFC 3339; what is no moment stays as it is, to be told when it is read. */
function momentOf(value: number | Date): string {
  const ms = typeof value === "number" && value < leastMs ? value * 1_000 : value;
  // `null` of what is no moment.
  return new Date(ms).toJSON() ?? String(value);
}
