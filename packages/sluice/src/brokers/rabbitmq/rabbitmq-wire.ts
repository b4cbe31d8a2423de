import { MessageRefusedError } from "../publish-errors.js";
import type { WireBinding, WireMessage } from "../wire-format.js";
import type { RabbitMQDelivery, RabbitMQEnvelope, RabbitMQProperties } from "./rabbitmq-client.js";
import { asBytes } from "./whole-bodies.js";

/** CloudEvents' binding for AMQP. */
export const rabbitMQBinding: WireBinding = { prefix: "cloudEvents_", alsoReads: ["cloudEvents:"] };

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

const keyHeaders = [rabbitMQBinding.prefix, ...(rabbitMQBinding.alsoReads ?? [])].map(
  (prefix) => `${prefix}partitionkey`,
);
const timeHeaders = new Set(["cloudEvents_time", "cloudEvents:time"]);

/** Of what came from here, everything that a copy of it is sent with. */
const origins = new WeakMap<WireMessage, RabbitMQProperties & { routingKey: string }>();

/** What a message is sent with, and the routing key that it came under or would have. */
export function propertiesOf(wire: WireMessage): RabbitMQProperties & { routingKey: string } {
  const origin = origins.get(wire);
  if (origin !== undefined) return origin;
  const { "content-type": contentType, "content-encoding": contentEncoding, ...headers } = wire.headers;
  const { cloudEvents_id: messageId, cloudEvents_type: routingKey = "" } = headers;
  return { contentType, contentEncoding, headers, messageId, routingKey };
}

export function readDelivery(delivery: RabbitMQDelivery): WireMessage {
  const headers: Record<string, string> = {};
  const own: Record<string, unknown> = {};
  const given = delivery.headers ?? {};
  for (const name in given) {
    if (ofTheWay.has(name)) continue;
    const value = given[name];
    if (value === undefined || value === null) continue;
    const text = typeof value === "string" ? value : textOf(name, value);
    headers[name] = text;
    // The driver reads bytes, but writes a table of numbers for them.
    own[name] = value instanceof Uint8Array ? text : value;
  }
  const { contentType, contentEncoding, timestamp } = delivery;
  if (contentType !== undefined) headers["content-type"] = contentType;
  if (contentEncoding !== undefined) headers["content-encoding"] = contentEncoding;
  const key = keyHeaders.map((name) => headers[name]).find(Boolean);
  const wire: WireMessage = {
    key,
    headers,
    body: asBytes(delivery),
    ...(timestamp !== undefined && { timestamp: new Date(timestamp * 1_000) }),
  };
  const { priority, correlationId, replyTo, messageId, type, appId } = delivery;
  const routingKey = String(given[routingKeyHeader] ?? delivery.routingKey);
  origins.set(wire, {
    routingKey,
    contentType,
    contentEncoding,
    headers: own,
    priority,
    correlationId,
    replyTo,
    messageId,
    timestamp,
    type,
    appId,
  });
  return wire;
}

/** Which try this is: tries before it went to wait, and deliveries since. */
export function attemptOf({ headers = {}, redelivered }: RabbitMQDelivery): number {
  const before = Number(headers[attemptHeader] ?? 1);
  const deliveries = headers["x-delivery-count"];
  return before + (typeof deliveries === "number" ? deliveries : redelivered ? 1 : 0);
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "number" && timeHeaders.has(name)) return new Date(value * 1_000).toISOString();
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** AMQP has a byte for the length of these, and the driver cuts off what is longer. */
const short = ["exchange", "routingKey", "contentType", "contentEncoding", "messageId"] as const;

/** What keeps a message from being sent as it is. */
export function problemOf(id: string, envelope: RabbitMQEnvelope): MessageRefusedError | undefined {
  if (/[\r\n]/.test(envelope.exchange))
    return new MessageRefusedError(id, "its topic has a line break, and RabbitMQ leaves it out of names.");
  const tooLong = short.find((name) => isLong(envelope[name] ?? ""));
  if (tooLong !== undefined)
    return new MessageRefusedError(
      id,
      `its ${tooLong} takes more than 255 bytes, which AMQP has no room for.`,
    );
  const header = Object.keys(envelope.headers ?? {}).find(isLong);
  if (header === undefined) return undefined;
  return new MessageRefusedError(
    id,
    `the name of its header ${header.slice(0, 40)}… takes more than 255 bytes, which AMQP has no room for.`,
  );
}

function isLong(text: string): boolean {
  // No character takes more than three bytes for each of its units.
  return text.length > 85 && new TextEncoder().encode(text).length > 255;
}
