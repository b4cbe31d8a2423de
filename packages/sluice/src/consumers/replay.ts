import type { DeadLetterEntry, DeadLetterQueue } from "../brokers/dead-letter-queue.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { deadLetterReason, saysWhereFrom, withoutDeadLetterHeaders } from "./dead-letter-headers.js";

const header = "sluice-replay-group";

/** The one group that a message is for, where it was given up there and is replayed; others leave it alone. */
export function replayGroupOf({ raw }: ReceivedMessage): string | undefined {
  return raw.headers[header];
}

/**
 * Publishes a dead letter again where it came from, for the group that gave it up, then removes it. Where this process
 * dies in between, it is both there and replayed.
 *
 * @throws {InvalidOptionError} the broker cannot forward messages, or the dead letter does not say where it came from: it
 * stays where it is.
 */
export async function replayDeadLetter(
  broker: MessageBroker,
  queue: DeadLetterQueue,
  { id, message }: DeadLetterEntry,
  signal: AbortSignal,
): Promise<void> {
  if (broker.forward === undefined)
    throw new InvalidOptionError("replayDeadLetter broker", broker, "a broker that can forward messages");
  if (!saysWhereFrom(message))
    throw new InvalidOptionError(
      "replayDeadLetter entry",
      id,
      "a dead letter with the header dead-letter-topic",
    );
  const { topic, group } = deadLetterReason(message);
  const raw = { ...message.raw, headers: withoutDeadLetterHeaders(message.raw.headers) };
  await broker.forward({ raw }, { topic, headers: group === "" ? {} : { [header]: group }, signal });
  await queue.remove(id);
}
