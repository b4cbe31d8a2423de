import { reasonOf } from "../../errors/reason.js";
import { withContentEncoding } from "../../messages/compression.js";
import { NotRegisteredError } from "../../messages/message-errors.js";
import type { MessageRegistry } from "../../messages/message-registry.js";
import { NotificationEvent } from "../../messages/notification-event.js";
import type { Message } from "../message.js";
import { MessageRefusedError } from "../publish-errors.js";
import type { WireFormat } from "../wire-format.js";
import { cloudEvents } from "./cloud-events.js";

/**
 * A format that writes payloads by the codec, the schema and the compression of their class, as an outbox does. What comes in
 * is decoded by the registry of whoever consumes it, as ever.
 *
 * A message that is written already, as by an outbox, stays as it is; one whose name is not registered, as a reply, is
 * written as without this.
 *
 * @param format @default cloudEvents()
 *
 * @throws {MessageRefusedError} from a broker's `publish`: the codec refuses a payload.
 *
 * @example
 * ```ts
 * import { MemoryMessageBroker, withCodecs } from "sluice/brokers";
 * import { gzip } from "sluice/codecs/gzip";
 * import { MessageRegistry, schemaNotificationEvent } from "sluice/messages";
 * import { z } from "zod";
 *
 * class OrderPlaced extends schemaNotificationEvent({
 *   eventName: "order.placed",
 *   topic: "orders",
 *   payload: z.object({ orderId: z.string(), at: z.coerce.date() }),
 * }) {}
 *
 * const registry = new MessageRegistry().register("order.placed", OrderPlaced, { compression: gzip() });
 * const broker = new MemoryMessageBroker({ wire: withCodecs(registry) });
 * await broker.close();
 * ```
 */
export function withCodecs(registry: MessageRegistry, format: WireFormat = cloudEvents()): WireFormat {
  return {
    name: format.name,
    write: (message, binding) => format.write(encoded(message, registry), binding),
    read: (wire, topic, binding) => format.read(wire, topic, binding),
  };
}

function encoded(message: Message, registry: MessageRegistry): Message {
  if (message.encoded !== undefined) return message;
  const { id, name: eventName, topic, key, timestamp: eventTimestamp, payload } = message;
  try {
    const event = new NotificationEvent({ eventId: id, eventName, topic, key, eventTimestamp, payload });
    const { contentType, contentEncoding, bytes } = registry.encode(event);
    const headers = withContentEncoding(message.headers, contentEncoding);
    return { ...message, headers, encoded: { contentType, bytes } };
  } catch (error) {
    if (error instanceof NotRegisteredError) return message;
    throw new MessageRefusedError(id, reasonOf(error), { cause: error });
  }
}
