import { z } from "zod";
import type { DecodeResult } from "./message-registry.js";
import { NotificationEvent } from "./notification-event.js";
import { schemaNotificationEvent } from "./schema-notification-event.js";

export class OrderPlaced extends NotificationEvent<unknown> {
  constructor(payload: unknown, key?: string) {
    super({ eventName: "order.placed", topic: "orders", key, payload });
  }
}

export const orderSchema = z.object({ orderId: z.string(), at: z.coerce.date() });

export class OrderShipped extends schemaNotificationEvent({
  eventName: "order.shipped",
  topic: "orders",
  payload: orderSchema,
  key: (payload) => payload.orderId,
}) {}

export const utf8 = (text: string) => new TextEncoder().encode(text);

/** What was decoded. */
export function message(result: DecodeResult) {
  if (result.ok) return result.message;
  throw result.error;
}

/** Why it was not decoded. */
export function failure(result: DecodeResult) {
  if (!result.ok) return result.error;
  throw new Error("It was decoded.");
}

export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}
