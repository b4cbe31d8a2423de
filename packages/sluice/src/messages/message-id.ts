import { eventKind } from "./event.js";

const ids = new WeakMap<object, string>();

/** The id of a message for life: a notification event's own, else one made when it is first asked for (rule M3). */
export function messageIdOf(message: object & { readonly eventId?: unknown }): string {
  if (eventKind(message) === "notification") return message.eventId as string;
  let id = ids.get(message);
  if (id === undefined) {
    id = crypto.randomUUID();
    ids.set(message, id);
  }
  return id;
}

/** Gives a message that came from elsewhere the id that it came with. */
export function keepMessageId(message: object, id: string): void {
  ids.set(message, id);
}
