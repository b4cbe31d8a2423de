import type { DomainEvent } from "./domain-event.js";
import type { NotificationEvent } from "./notification-event.js";

/** What a handler may emit: a {@link DomainEvent} for handlers of this process, or a {@link NotificationEvent} for the message broker. */
export type Event = DomainEvent | NotificationEvent<unknown>;

const brand = Symbol.for("sluice.event");

type EventKind = "domain" | "notification";

/** Marks an event's base class, so that its instances are recognised across copies of the library. */
export function markEventClass(prototype: object, kind: EventKind): void {
  Object.defineProperty(prototype, brand, { value: kind });
}

/** The kind of an event; `undefined` for anything that is no event. */
export function eventKind(value: unknown): EventKind | undefined {
  return typeof value === "object" && value !== null ? (value as { [brand]?: EventKind })[brand] : undefined;
}
