import { headersOf } from "../brokers/headers-of.js";
import type { Message } from "../brokers/message.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import type { HandlerRun } from "../handlers/handler-run.js";
import type { NotificationEvent } from "../messages/notification-event.js";

/** Publishes the event of a run, with where it belongs in its headers. */
export function publishTo(broker: MessageBroker): (run: HandlerRun) => Promise<void> {
  // The run stands for the options, so that its signal is made only where the broker asks for it.
  return (run) => broker.publish([messageOf(run.message as NotificationEvent, run)], run);
}

function messageOf(event: NotificationEvent, run: HandlerRun): Message {
  return {
    id: event.eventId,
    name: event.eventName,
    topic: event.topic,
    key: event.key,
    timestamp: event.eventTimestamp,
    headers: headersOf(run.metadata),
    payload: event.payload,
  };
}
