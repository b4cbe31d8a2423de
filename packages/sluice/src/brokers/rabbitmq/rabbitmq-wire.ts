import { MalformedMessageError } from "../malformed-message-error.js";
import { MessageRefusedError } from "../publish-errors.js";
import type { WireBinding, WireFormat, WireMessage } from "../wire-format.js";
import { DeliveredMessage, keyHeader, keyOf, textProperties } from "./delivered-message.js";
import type { RabbitMQEnvelope } from "./rabbitmq-client.js";

/** CloudEvents' binding for AMQP; `ce-` is how Knative and the Python SDK's module for RabbitMQ call attributes. */
export const rabbitMQBinding: WireBinding = { prefix: "cloudEvents_", alsoReads: ["cloudEvents:", "ce-"] };

/** Who a message is. */
interface Named {
  readonly id: string | undefined;
  readonly name: string;
}

/** What a new message is sent with, for its sender to add to. */
export function envelopeOf(wire: WireMessage, { id, name }: Named, exchange: string): RabbitMQEnvelope {
  const properties = { ...textProperties(wire.headers), messageId: id, timestamp: undefined };
  return withKey(wire, { exchange, routingKey: name, mandatory: true, durable: true, ...properties });
}

/**
 * What a message that came is sent on with: under the routing key that it came under, or its name where it came from
 * elsewhere; what is no message of the format has none.
 */
export function forwardedEnvelopeOf(
  raw: WireMessage,
  format: WireFormat,
  exchange: string,
): RabbitMQEnvelope {
  const origin = DeliveredMessage.origin(raw);
  if (origin === undefined) return envelopeOf(raw, nameIn(raw, format), exchange);
  return withKey(raw, { ...origin, exchange, mandatory: true, durable: true });
}

function nameIn(raw: WireMessage, format: WireFormat): Named {
  try {
    return format.read(raw, "", rabbitMQBinding);
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    return { id: undefined, name: "" };
  }
}

function withKey({ key, headers }: WireMessage, envelope: RabbitMQEnvelope): RabbitMQEnvelope {
  if (key === undefined || keyOf(headers) !== undefined) return envelope;
  return { ...envelope, headers: { ...envelope.headers, [keyHeader]: key } };
}

/** AMQP has a byte for the length of these, and the driver cuts off what is longer. */
const short = ["exchange", "routingKey", "contentType", "contentEncoding", "messageId"] as const;

/** What keeps a message from being sent as it is. */
export function problemOf(id: string, envelope: RabbitMQEnvelope): MessageRefusedError | undefined {
  if (/[\r\n]/.test(envelope.exchange))
    return new MessageRefusedError(id, "its topic has a line break, and RabbitMQ leaves it out of names.");
  // Others would get it, but the driver loses it where it reads.
  if (Object.hasOwn(envelope.headers ?? {}, "__proto__"))
    return new MessageRefusedError(
      id,
      "rabbitmq-client cannot read its header __proto__; give it another name.",
    );
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
