import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { UndecodableError } from "./message-errors.js";
import { type DecodeResult, MessageRegistry } from "./message-registry.js";
import { NotificationEvent } from "./notification-event.js";
import { schemaNotificationEvent } from "./schema-notification-event.js";

class OrderPlaced extends NotificationEvent<unknown> {
  constructor(payload: unknown, key?: string) {
    super({ eventName: "order.placed", topic: "orders", key, payload });
  }
}

const orderSchema = z.object({ orderId: z.string(), at: z.coerce.date() });

class OrderShipped extends schemaNotificationEvent({
  eventName: "order.shipped",
  topic: "orders",
  payload: orderSchema,
  key: (payload) => payload.orderId,
}) {}

const utf8 = (text: string) => new TextEncoder().encode(text);

function message(result: DecodeResult) {
  if (result.ok) return result.message;
  throw result.error;
}

function failure(result: DecodeResult) {
  if (!result.ok) return result.error;
  throw new Error("It was decoded.");
}

describe("a notification event in the registry", () => {
  const registry = new MessageRegistry().register("placed", OrderPlaced).register("shipped", OrderShipped);

  it("keeps its id, moment, name, topic and key for life (M3)", () => {
    for (const sent of [
      new OrderPlaced({ total: 3 }, "o-1"),
      new OrderPlaced(null),
      new OrderShipped({ orderId: "o-2", at: "2026-11-05T10:00:00.123Z" }),
      new OrderShipped(
        { orderId: "o-3", at: 5 },
        { eventId: "e-1", eventTimestamp: new Date(7), topic: "old", key: "k" },
      ),
      new OrderShipped({ orderId: "o-4", at: 5 }, { key: undefined }),
    ]) {
      const { name, bytes } = registry.encode(sent);
      const read = message(registry.decode(name, bytes));
      expect(read).toBeInstanceOf(sent.constructor);
      expect(read).toStrictEqual(sent);
      expect((read as NotificationEvent).eventTimestamp).toBeInstanceOf(Date);
    }
  });

  it("keeps any moment that a Date can hold (M3)", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (eventTimestamp) => {
        const sent = new OrderShipped({ orderId: "o", at: eventTimestamp }, { eventTimestamp });
        expect(message(registry.decode("shipped", registry.encode(sent).bytes))).toStrictEqual(sent);
      }),
    );
  });

  const whole = { eventId: "e", eventTimestamp: new Date(0).toISOString(), eventName: "n", topic: "t" };

  it.each<[string, object]>([
    ["no id", { eventId: undefined }],
    ["an empty id", { eventId: "" }],
    ["an id that is no text", { eventId: 3 }],
    ["no moment", { eventTimestamp: undefined }],
    ["null for a moment", { eventTimestamp: null }],
    ["a number for a moment", { eventTimestamp: 0 }],
    ["a moment that is none", { eventTimestamp: "yesterday" }],
    ["no topic", { topic: undefined }],
    ["no event name", { eventName: undefined }],
    ["an empty key", { key: "" }],
  ])("is undecodable with %s, never given a new one (M3)", (_, fields) => {
    const payload = { orderId: "o", at: 5 };
    for (const name of ["placed", "shipped"]) {
      expect(registry.decode(name, utf8(JSON.stringify({ ...whole, payload }))).ok).toBe(true);
      const error = failure(registry.decode(name, utf8(JSON.stringify({ ...whole, payload, ...fields }))));
      expect(error).toBeInstanceOf(UndecodableError);
    }
  });
});
