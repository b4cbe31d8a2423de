import { describe, expect, it } from "vitest";
import { z } from "zod";
import { gzip } from "../../codecs/gzip/gzip.js";
import { bootstrap } from "../../mediator/bootstrap.js";
import { MessageRegistry } from "../../messages/message-registry.js";
import { NotificationEvent } from "../../messages/notification-event.js";
import { schemaNotificationEvent } from "../../messages/schema-notification-event.js";
import { MemoryMessageBroker } from "../memory/memory-message-broker.js";
import type { Message } from "../message.js";
import { MessageRefusedError } from "../publish-errors.js";
import type { ReceivedMessage } from "../received-message.js";
import { cloudEvents } from "./cloud-events.js";
import { withCodecs } from "./with-codecs.js";

class Placed extends schemaNotificationEvent({
  eventName: "placed",
  topic: "orders",
  payload: z.object({ at: z.coerce.date(), note: z.string() }),
}) {}

class Told extends NotificationEvent<string> {
  constructor(payload: string) {
    super({ eventName: "told", topic: "orders", payload });
  }
}

const shouting = {
  contentType: "text/plain",
  encode: (text: string) => new TextEncoder().encode(text.toUpperCase()),
  decode: (bytes: Uint8Array) => new TextDecoder().decode(bytes).toLowerCase(),
};
const registry = new MessageRegistry()
  .register("placed", Placed, { compression: gzip({ above: 100 }) })
  .register("told", Told, { codec: shouting });

async function published(event: NotificationEvent<unknown>): Promise<ReceivedMessage> {
  const broker = new MemoryMessageBroker({ wire: withCodecs(registry) });
  const received = Promise.withResolvers<ReceivedMessage>();
  await broker.subscribe({ topics: [event.topic], onMessage: (message) => received.resolve(message) });
  await bootstrap({ messageBroker: broker }).publish(event);
  return received.promise;
}

describe("withCodecs", () => {
  it("has an event written by its codec, without an outbox (M1)", async () => {
    const { encoded } = await published(new Told("hello"));
    expect(encoded.contentType).toBe("text/plain");
    expect(new TextDecoder().decode(encoded.bytes)).toBe("HELLO");
  });

  it("has it written by its schema and compressed, and consumers read it back as it was (M1)", async () => {
    const event = new Placed({ at: new Date(5), note: "x".repeat(1_000) });
    const message = await published(event);
    expect(message.headers["content-encoding"]).toBe("gzip");
    expect(registry.decode(message.name, message.encoded.bytes, message)).toEqual({
      ok: true,
      message: event,
    });
  });

  it("leaves alone what is written already, and what is not registered", async () => {
    const format = withCodecs(registry, cloudEvents({ source: "/shop" }));
    const binding = { prefix: "ce_" };
    const message: Message = {
      id: "m-1",
      name: "told",
      topic: "t",
      timestamp: new Date(0),
      headers: {},
      payload: "a",
    };
    const bytes = Uint8Array.of(1);
    const written = format.write({ ...message, encoded: { contentType: "text/plain", bytes } }, binding);
    expect(written.body).toBe(bytes);
    expect(written.headers.ce_source).toBe("/shop");
    expect(String(Buffer.from(format.write({ ...message, name: "other" }, binding).body))).toBe('"a"');
  });

  it("refuses what its codec refuses: nothing is published (M1)", () => {
    const message = {
      id: "m-1",
      name: "placed",
      topic: "t",
      timestamp: new Date(0),
      headers: {},
      payload: { at: "x" },
    };
    const refused = () => withCodecs(registry).write(message, { prefix: "ce_" });
    expect(refused).toThrow(MessageRefusedError);
    expect(refused).toThrow(/The broker refuses message m-1/);
  });
});
