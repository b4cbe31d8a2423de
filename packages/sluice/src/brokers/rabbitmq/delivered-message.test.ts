import { describe, expect, it } from "vitest";
import { attemptOf, DeliveredMessage } from "./delivered-message.js";
import { delivery } from "./rabbitmq.fixture.js";
import { envelopeOf } from "./rabbitmq-wire.js";

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

  it.each(["cloudEvents_partitionkey", "cloudEvents:partitionkey"])("has its key from %s", (name) => {
    expect(new DeliveredMessage(delivery({ headers: { [name]: "o-1" } })).key).toBe("o-1");
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

  it("is sent by its headers where it is a copy, or came from elsewhere", () => {
    const headers = { cloudEvents_id: "m", cloudEvents_type: "order.placed", "content-type": "a/b" };
    expect(envelopeOf({ headers, body: new Uint8Array() }, "far")).toMatchObject({
      routingKey: "order.placed",
      messageId: "m",
      contentType: "a/b",
      headers: { cloudEvents_id: "m" },
    });
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
