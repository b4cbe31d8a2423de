import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { markEventClass } from "./event.js";

/** Tells this kind of message from the others, under a key that no field of a message can take; in types only. */
declare const kind: unique symbol;

export interface NotificationEventInit<P> {
  /** The name on the wire, stable under renaming of the class: `"order.placed"`. Must not be empty. */
  readonly eventName: string;
  /** The broker's topic. Must not be empty. */
  readonly topic: string;
  readonly payload: P;
  /** Events with the same key are published one after another, in the order of emission (rule E7). */
  readonly key?: string | undefined;
  /** @default a new UUID */
  readonly eventId?: string | undefined;
  /** @default now */
  readonly eventTimestamp?: Date | undefined;
}

/**
 * Something that happened, for other processes: it goes to the message broker. It has one id for life; every retry
 * carries the same (rule M3).
 *
 * @throws {InvalidOptionError} `eventName`, `topic`, `key` or `eventId` is not a string with at least one character,
 * or `eventTimestamp` is not a valid `Date`.
 *
 * @example
 * ```ts
 * import { NotificationEvent } from "sluice";
 *
 * class OrderPlaced extends NotificationEvent<{ orderId: string }> {
 *   constructor(orderId: string) {
 *     super({ eventName: "order.placed", topic: "orders", key: orderId, payload: { orderId } });
 *   }
 * }
 * ```
 */
export class NotificationEvent<P = unknown> {
  readonly eventId: string;
  /** The moment it happened; a `Date` counts in UTC. */
  readonly eventTimestamp: Date;
  readonly eventName: string;
  readonly topic: string;
  readonly payload: P;
  readonly key: string | undefined;
  declare readonly [kind]: "notification";

  static {
    markEventClass(NotificationEvent.prototype, "notification");
  }

  constructor(init: NotificationEventInit<P>) {
    if (typeof init !== "object" || init === null) {
      throw new InvalidOptionError(
        "NotificationEvent(init)",
        init,
        "an object with eventName, topic and payload",
      );
    }
    this.eventName = text("eventName", init.eventName);
    this.topic = text("topic", init.topic);
    this.key = init.key === undefined ? undefined : text("key", init.key);
    this.eventId = init.eventId === undefined ? crypto.randomUUID() : text("eventId", init.eventId);
    this.eventTimestamp = init.eventTimestamp === undefined ? new Date() : date(init.eventTimestamp);
    this.payload = init.payload;
  }
}

function text(option: string, given: unknown): string {
  if (typeof given === "string" && given !== "") return given;
  throw new InvalidOptionError(`NotificationEvent.${option}`, given, "a string with at least one character");
}

function date(given: unknown): Date {
  if (given instanceof Date && !Number.isNaN(given.getTime())) return given;
  throw new InvalidOptionError("NotificationEvent.eventTimestamp", given, "a valid Date");
}
