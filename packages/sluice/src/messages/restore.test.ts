import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { envelopeOf } from "./envelope.fixture.js";
import { UndecodableError } from "./message-errors.js";
import { MessageRegistry } from "./message-registry.js";
import type { NotificationEvent } from "./notification-event.js";
import { failure, message, OrderPlaced, OrderShipped, utf8 } from "./registry.fixture.js";

describe("a notification event in the registry", () => {
  const registry = new MessageRegistry()
    .register("order.placed", OrderPlaced)
    .register("order.shipped", OrderShipped);

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
      const read = message(registry.decode(name, bytes, envelopeOf(sent)));
      expect(read).toBeInstanceOf(sent.constructor);
      expect(read).toStrictEqual(sent);
      expect((read as NotificationEvent).eventTimestamp).toBeInstanceOf(Date);
    }
  });

  it("keeps any moment that a Date can hold (M3)", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (eventTimestamp) => {
        const sent = new OrderShipped({ orderId: "o", at: eventTimestamp }, { eventTimestamp });
        const { name, bytes } = registry.encode(sent);
        expect(message(registry.decode(name, bytes, envelopeOf(sent)))).toStrictEqual(sent);
      }),
    );
  });

  const whole = { id: "e", topic: "t", timestamp: new Date(0) };

  it.each<[string, object]>([
    ["no id", { id: undefined }],
    ["an empty id", { id: "" }],
    ["an id that is no text", { id: 3 }],
    ["no moment", { timestamp: undefined }],
    ["null for a moment", { timestamp: null }],
    ["a text for a moment", { timestamp: "2020-01-01" }],
    ["a moment that is none", { timestamp: new Date(Number.NaN) }],
    ["no topic", { topic: undefined }],
    ["an empty key", { key: "" }],
  ])("is undecodable with %s, never given a new one (M3)", (_, fields) => {
    const bytes = utf8('{"orderId":"o","at":5}');
    for (const name of ["order.placed", "order.shipped"]) {
      expect(registry.decode(name, bytes, whole).ok).toBe(true);
      expect(failure(registry.decode(name, bytes, { ...whole, ...fields } as never))).toBeInstanceOf(
        UndecodableError,
      );
    }
  });
});
