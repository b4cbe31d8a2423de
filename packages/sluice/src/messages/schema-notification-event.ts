import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { checkWithSchema, requireSchema } from "./check-with-schema.js";
import { NotificationEvent, type NotificationEventInit } from "./notification-event.js";
import { restore } from "./restore.js";
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.js";

export interface SchemaNotificationEventOptions<S extends StandardSchema> {
  /** The name on the wire: `"order.placed"`. Must not be empty. */
  readonly eventName: string;
  /** The broker's topic. Must not be empty. */
  readonly topic: string;
  /** Checks the payload, which may be of any type. */
  readonly payload: S;
  /** Events with the same key are published one after another (rule E7). @default no key */
  readonly key?: ((payload: SchemaOutput<S>) => string | undefined) | undefined;
}

/** What an event that exists already brings along: its id for life, its moment, and where it was sent. */
export type SchemaNotificationEventInit = Partial<Omit<NotificationEventInit<unknown>, "payload">>;

/** The class that {@link schemaNotificationEvent} makes, to be extended. */
export interface SchemaNotificationEventClass<S extends StandardSchema> {
  readonly schema: S;
  new (payload: SchemaInput<S>, init?: SchemaNotificationEventInit): NotificationEvent<SchemaOutput<S>>;
}

/**
 * Makes a base class for a {@link NotificationEvent} whose payload a schema checks, by the rules of
 * {@link schemaCommand}; the payload may be of any type. The constructor's second argument is for an event that exists
 * already: what it names is kept instead of made anew.
 *
 * @throws {InvalidOptionError} `payload` is no Standard Schema, `eventName` or `topic` is not a string with at least
 * one character, `key` is no function.
 * @throws {InvalidMessageError} from the constructor: the schema refuses; each reason names its field.
 *
 * @example
 * ```ts
 * import { schemaNotificationEvent } from "sluice/messages";
 * import { z } from "zod";
 *
 * class OrderPlaced extends schemaNotificationEvent({
 *   eventName: "order.placed",
 *   topic: "orders",
 *   payload: z.object({ orderId: z.string() }),
 *   key: (payload) => payload.orderId,
 * }) {}
 *
 * const { key } = new OrderPlaced({ orderId: "o-1" });
 * ```
 */
export function schemaNotificationEvent<S extends StandardSchema>(
  options: SchemaNotificationEventOptions<S>,
): SchemaNotificationEventClass<S> {
  const { eventName, topic, payload: schema, key } = options;
  requireSchema("schemaNotificationEvent.payload", schema);
  if (key !== undefined && typeof key !== "function") {
    throw new InvalidOptionError("schemaNotificationEvent.key", key, "a function of the payload");
  }
  // Refuses a wrong name or topic here and now; the id and the moment keep clock and randomness out of module scope.
  new NotificationEvent({ eventName, topic, payload: schema, eventId: "none", eventTimestamp: new Date(0) });

  return class extends NotificationEvent<SchemaOutput<S>> {
    static readonly schema = schema;

    static [restore]({ eventId, eventTimestamp, eventName, topic, key, payload }: NotificationEvent): object {
      return new this(payload, { eventId, eventTimestamp, eventName, topic, key });
    }

    constructor(input: SchemaInput<S>, init?: SchemaNotificationEventInit) {
      const payload: SchemaOutput<S> = checkWithSchema(new.target.name, schema, input, "payload");
      super({ eventName, topic, key: key?.(payload), ...init, payload });
    }
  };
}
