import type { Envelope } from "./envelope.js";
import type { NotificationEvent } from "./notification-event.js";

/** What travels beside the payload of an event. */
export function envelopeOf({
  eventId: id,
  topic,
  key,
  eventTimestamp: timestamp,
}: NotificationEvent): Envelope {
  return { id, topic, key, timestamp };
}
