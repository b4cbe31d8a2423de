import type { ReceivedMessage } from "../brokers/received-message.js";
import type { HandledMessage } from "../inbox/handle-message.js";
import { eventKind } from "../messages/event.js";
import { UndecodableError } from "../messages/message-errors.js";
import type { MessageRegistry } from "../messages/message-registry.js";

/**
 * Reads what came.
 *
 * @throws {MalformedMessageError} it is no message of the wire's format.
 * @throws {NotRegisteredError} its name is unknown.
 * @throws {UndecodableError} its bytes are no message of the class under that name, or that class is for what leaves.
 */
export function decodeReceived(message: ReceivedMessage, registry: MessageRegistry): HandledMessage {
  const { name, encoded } = message;
  const decoded = registry.decode(name, encoded.bytes, message);
  if (!decoded.ok) throw decoded.error;
  if (eventKind(decoded.message) === "notification") {
    const cause = new Error(
      "It is registered as a NotificationEvent, which would leave for the broker again: " +
        "in the registry of a consumer, register a DomainEvent or a Command of its own under that name.",
    );
    throw new UndecodableError(name, encoded.bytes, cause);
  }
  return decoded.message as HandledMessage;
}
