import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "./malformed-message-error.js";
import type { Message } from "./message.js";
import { WireReceivedMessage } from "./received-message.js";
import { cloudEvents } from "./wire/cloud-events.js";

const binding = { prefix: "ce-" };
const format = cloudEvents();

function received(more: Partial<Message> = {}): WireReceivedMessage {
  const message = {
    id: "m-1",
    name: "told",
    topic: "test",
    timestamp: new Date(0),
    headers: {},
    payload: {},
  };
  return new WireReceivedMessage(format.write({ ...message, ...more }, binding), "test", 1, format, binding);
}

const bytes = new Uint8Array([1, 2, 3]);

describe("the payload of a message that came", () => {
  it("is what its JSON says, another copy each time", () => {
    const message = received({ payload: { n: 1 } });
    expect(message.payload).toEqual({ n: 1 });
    expect(message.payload).not.toBe(message.payload);
  });

  it.each([
    ["of another type", { encoded: { contentType: "application/protobuf", bytes } }],
    [
      "that is compressed",
      { encoded: { contentType: "application/json", bytes }, headers: { "content-encoding": "gzip" } },
    ],
  ])("is its bytes where they are %s", (_, more) => {
    expect(received(more).payload).toEqual(bytes);
  });

  it("is undefined where there is none", () => {
    expect(received({ payload: undefined }).payload).toBeUndefined();
  });
});

describe("a message that is none of the format", () => {
  it("says so each time that something of it is read that is not there; raw, topic and attempt are", () => {
    const raw = { key: "k", headers: { "x-y": "z" }, body: bytes };
    const message = new WireReceivedMessage(raw, "test", 3, format, binding);
    for (const read of [() => message.id, () => message.name, () => message.payload, () => message.headers])
      expect(read).toThrow(MalformedMessageError);
    expect(message).toMatchObject({ raw, topic: "test", key: "k", attempt: 3 });
  });
});
