import type { Message } from "../message.js";
import { MessageRefusedError } from "../publish-errors.js";
import type { WireBinding, WireMessage } from "../wire-format.js";
import { DeliveredMessage, keyHeader, keyOf, textProperties } from "./delivered-message.js";
import type { RabbitMQEnvelope } from "./rabbitmq-client.js";

/** CloudEvents' binding for AMQP; `ce-` is how Knative and the Python SDK's module for RabbitMQ call attributes. */
export const rabbitMQBinding: WireBinding = { prefix: "cloudEvents_", alsoReads: ["cloudEvents:", "ce-"] };

/** What a message is sent with, for its sender to add to: what it came with where it came from RabbitMQ. */
export function envelopeOf(
  wire: WireMessage,
  exchange: string,
  { id, name }: Partial<Pick<Message, "id" | "name">> = namedBy(wire.headers),
): RabbitMQEnvelope {
  const { key, headers } = wire;
  const properties = DeliveredMessage.origin(wire) ?? textProperties(headers);
  if (key !== undefined && keyOf(headers) === undefined) properties.headers[keyHeader] = key;
  return {
    routingKey: name ?? "",
    messageId: id,
    timestamp: undefined,
    ...properties,
    exchange,
    mandatory: true,
    durable: true,
  };
}

/** Of what came from elsewhere, in binary mode. */
function namedBy({ cloudEvents_id: id, cloudEvents_type: name }: WireMessage["headers"]) {
  return { id, name } as Partial<Pick<Message, "id" | "name">>;
}

/** AMQP has a byte for the length of these, and the driver cuts off what is longer. */
const short = ["exchange", "routingKey", "contentType", "contentEncoding", "messageId"] as const;

/** What keeps a message from being sent as it is. */
export function problemOf(id: string, envelope: RabbitMQEnvelope): MessageRefusedError | undefined {
  const problem = /[\r\n]/.test(envelope.exchange)
    ? "its topic has a line break, and RabbitMQ leaves it out of names."
    : headerProblem(envelope);
  return problem === undefined ? undefined : new MessageRefusedError(id, problem);
}

function headerProblem(envelope: RabbitMQEnvelope): string | undefined {
  const tooLong = (what: string) => `${what} takes more than 255 bytes, which AMQP has no room for.`;
  for (const name of short) if (isLong(envelope[name] ?? "")) return tooLong(`its ${name}`);
  for (const name in envelope.headers) {
    // Others would get it, but the driver loses it where it reads headers.
    if (name === "__proto__") return "its header __proto__ would be lost; rename it.";
    if (isLong(name)) return tooLong(`the name of its header ${name.slice(0, 40)}…`);
  }
  return undefined;
}

function isLong(text: string): boolean {
  // No character takes more than three bytes for each of its units.
  return text.length > 85 && new TextEncoder().encode(text).length > 255;
}
