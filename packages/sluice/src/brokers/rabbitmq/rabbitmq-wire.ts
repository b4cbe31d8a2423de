import { MessageRefusedError } from "../publish-errors.js";
import type { WireBinding, WireMessage } from "../wire-format.js";
import { DeliveredMessage } from "./delivered-message.js";
import type { RabbitMQEnvelope } from "./rabbitmq-client.js";

/** CloudEvents' binding for AMQP. */
export const rabbitMQBinding: WireBinding = { prefix: "cloudEvents_", alsoReads: ["cloudEvents:"] };

/** What a message is sent with, for its sender to add to: under the routing key that it came under or would have. */
export function envelopeOf(wire: WireMessage, exchange: string): RabbitMQEnvelope {
  const origin = DeliveredMessage.origin(wire);
  if (origin !== undefined) return { ...origin, exchange, mandatory: true, durable: true };
  const { "content-type": contentType, "content-encoding": contentEncoding, ...headers } = wire.headers;
  const { cloudEvents_id: messageId, cloudEvents_type: routingKey = "" } = headers;
  return {
    exchange,
    routingKey,
    mandatory: true,
    durable: true,
    contentType,
    contentEncoding,
    headers,
    messageId,
    timestamp: undefined,
  };
}

/** AMQP has a byte for the length of these, and the driver cuts off what is longer. */
const short = ["exchange", "routingKey", "contentType", "contentEncoding", "messageId"] as const;

/** What keeps a message from being sent as it is. */
export function problemOf(id: string, envelope: RabbitMQEnvelope): MessageRefusedError | undefined {
  if (/[\r\n]/.test(envelope.exchange))
    return new MessageRefusedError(id, "its topic has a line break, and RabbitMQ leaves it out of names.");
  const what = longOf(envelope);
  if (what === undefined) return undefined;
  return new MessageRefusedError(id, `${what} takes more than 255 bytes, which AMQP has no room for.`);
}

function longOf(envelope: RabbitMQEnvelope): string | undefined {
  for (const name of short) if (isLong(envelope[name] ?? "")) return `its ${name}`;
  for (const name in envelope.headers)
    if (isLong(name)) return `the name of its header ${name.slice(0, 40)}…`;
  return undefined;
}

function isLong(text: string): boolean {
  // No character takes more than three bytes for each of its units.
  return text.length > 85 && new TextEncoder().encode(text).length > 255;
}
