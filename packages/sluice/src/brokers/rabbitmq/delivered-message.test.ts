import { describe, expect, it } from "vitest";
import { cloudEvents } from "../wire/cloud-events.js";
import { attemptOf, DeliveredMessage } from "./delivered-message.js";
import { delivery } from "./rabbitmq.fixture.js";
import { envelopeOf, rabbitMQBinding } from "./rabbitmq-wire.js";

const format = cloudEvents();

describe("DeliveredMessage", () => {
  it("has headers as text, without those that belong to the way it took", () => {
    const headers = {
      text: "t",
      count: 3,
      flag: false,
      bytes: new Uint8Array([104, 105]),
      table: { a: [1] },
      cloudEvents_time: 1_700_000_000,
      nothing: null,
      "x-delivery-count": 4,
      "x-death": [{ count: 1 }],
      "sluice-attempt": 2,
      CC: ["elsewhere"],
    };
    const message = new DeliveredMessage(delivery({ headers, contentType: "a/b", contentEncoding: "gzip" }));
    expect(message.headers).toEqual({
      text: "t",
      count: "3",
      flag: "false",
      bytes: "aGk=",
      table: '{"a":[1]}',
      cloudEvents_time: "2023-11-14T22:13:20.000Z",
      "content-type": "a/b",
      "content-encoding": "gzip",
    });
  });

  it.each(["cloudEvents_partitionkey", "cloudEvents:partitionkey", "ce-partitionkey", "sluice-key"])(
    "has its key from %s",
    (name) => {
      expect(new DeliveredMessage(delivery({ headers: { [name]: "o-1" } })).key).toBe("o-1");
    },
  );

  it("has no header for a key that the format did not write, and is sent on with it", () => {
    const message = new DeliveredMessage(delivery({ headers: { "sluice-key": "o-1", a: "1" } }));
    expect(message.headers).toEqual({ a: "1" });
    for (const sent of [message, { ...message }])
      expect(envelopeOf(sent, "far").headers).toEqual({ "sluice-key": "o-1", a: "1" });
  });

  it.each([
    ["cloudEvents_time", 1_700_000_000, "2023-11-14T22:13:20.000Z"],
    ["cloudEvents_time", 1_700_000_000_123, "2023-11-14T22:13:20.123Z"],
    ["cloudEvents:time", 1_700_000_000_123, "2023-11-14T22:13:20.123Z"],
    ["ce-time", 1_700_000_000_123, "2023-11-14T22:13:20.123Z"],
    ["cloudEvents_time", new Date(1_700_000_000_123), "2023-11-14T22:13:20.123Z"],
    ["cloudEvents_time", 1e300, "1e+300"],
    ["cloudEvents_sequence", 1_700_000_000, "1700000000"],
  ])("reads %s %s as %s", (name, value, text) => {
    expect(new DeliveredMessage(delivery({ headers: { [name]: value } })).headers).toEqual({ [name]: text });
  });

  it("is read where its attributes have the prefix ce-, as those of Knative", () => {
    const headers = { "ce-specversion": "1.0", "ce-id": "m", "ce-source": "/s", "ce-type": "order.placed" };
    const { headers: given } = { headers: { ...headers, "ce-time": 1_700_000_000, "ce-subject": "o" } };
    const read = format.read(new DeliveredMessage(delivery({ headers: given })), "orders", rabbitMQBinding);
    expect(read).toMatchObject({ id: "m", name: "order.placed", headers: { "ce-subject": "o" } });
    expect(read.timestamp).toEqual(new Date(1_700_000_000_000));
  });

  it("is sent on with what it came with, but not to where CC sent it, and not as somebody else or for a while", () => {
    const came = delivery({
      headers: { n: 7, "x-delivery-count": 1, CC: ["x"], "sluice-routing-key": "order.first" },
      messageId: "m",
      correlationId: "c",
      ...{ userId: "u", expiration: "5" },
    });
    const envelope = envelopeOf(new DeliveredMessage(came), "far");
    expect(envelope).toMatchObject({
      exchange: "far",
      routingKey: "order.first",
      headers: { n: 7 },
      messageId: "m",
      correlationId: "c",
      durable: true,
      mandatory: true,
    });
    expect(envelope.headers).toEqual({ n: 7 });
    expect(envelope).not.toHaveProperty("userId");
    expect(envelope).not.toHaveProperty("expiration");
  });

  it("is sent on as a copy under the routing key and the properties that it came with, with the headers of the copy", () => {
    const came = delivery({
      headers: { n: 7, b: "1" },
      messageId: "m",
      correlationId: "c",
      contentType: "a/b",
    });
    const message = new DeliveredMessage(came);
    const envelope = envelopeOf({ ...message, headers: { b: "2", "content-type": "c/d" } }, "far");
    expect(envelope).toMatchObject({ routingKey: "order.placed", messageId: "m", correlationId: "c" });
    expect([envelope.contentType, envelope.headers]).toEqual(["c/d", { b: "2" }]);
  });

  it.each([
    [1, {}],
    [2, { redelivered: true }],
    [4, { redelivered: true, headers: { "x-delivery-count": 3 } }],
    [3, { headers: { "sluice-attempt": 3 } }],
    [5, { redelivered: true, headers: { "sluice-attempt": 3, "x-delivery-count": 2 } }],
  ])("is try %i of %j", (attempt, more) => {
    expect(attemptOf(delivery(more))).toBe(attempt);
  });
});
