import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../malformed-message-error.js";
import type { Message } from "../message.js";
import { MessageRefusedError } from "../publish-errors.js";
import { bindings, bytesOf, textOf } from "./bindings.fixture.js";
import { pythonCqrs } from "./python-cqrs.js";

const format = pythonCqrs();
const id = "6e8bc430-9c3a-11d9-9669-0800200c9a66";
const { kafka } = bindings;

function message(more: Partial<Message> = {}): Message {
  return {
    id,
    name: "order.placed",
    topic: "orders",
    key: "o-1",
    timestamp: new Date("2026-11-30T17:00:00.123Z"),
    headers: {},
    payload: { total: 12.5 },
    ...more,
  };
}

const event = { event_id: id, event_name: "order.placed", topic: "elsewhere", payload: { total: 12.5 } };
const wire = (body: unknown, headers: Record<string, string> = {}) => ({
  headers,
  body: bytesOf(typeof body === "string" ? body : JSON.stringify(body)),
});
const read = (...given: Parameters<typeof wire>) => format.read(wire(...given), "orders", kafka);

describe("pythonCqrs, written", () => {
  it("is the envelope of python-cqrs, with headers beside it for others", () => {
    const written = format.write(message({ headers: { traceparent: "00-1", ["__proto__"]: "own" } }), kafka);
    expect({ ...written, body: textOf(written.body) }).toEqual({
      key: "o-1",
      headers: { traceparent: "00-1", ["__proto__"]: "own", "content-type": "application/json" },
      body:
        `{"event_id":"${id}","event_timestamp":"2026-11-30T17:00:00.123Z","event_name":"order.placed",` +
        '"topic":"orders","payload":{"total":12.5}}',
    });
  });

  it("has the usual spelling of its id (M3)", () => {
    const written = format.write(message({ id: id.toUpperCase() }), kafka);
    expect(JSON.parse(textOf(written.body))).toMatchObject({ event_id: id });
  });

  it("has the very text of encoded JSON", () => {
    const bytes = bytesOf('{"n": 12345678901234567890}');
    const written = format.write(message({ encoded: { contentType: "application/json", bytes } }), kafka);
    expect(textOf(written.body)).toContain('"payload":{"n": 12345678901234567890}}');
    expect(textOf(format.read(written, "orders", kafka).encoded.bytes)).toBe(textOf(bytes));
  });

  it.each<[string, Partial<Message>, string]>([
    ["an id that is no UUID", { id: "e-1" }, 'its id is "e-1" (a string), and python-cqrs reads a UUID'],
    ["a year that Python has not", { timestamp: new Date("0000-06-01T00:00:00Z") }, "the years 1 to 9999"],
    ["a year beyond them", { timestamp: new Date(8e15) }, "the years 1 to 9999"],
    ["a compressed payload", { headers: { "content-encoding": "gzip" } }, "it is compressed (gzip)"],
    [
      "JSON that is none, and would say more than its payload",
      { encoded: { contentType: "application/json", bytes: bytesOf('1,"event_name":"other"') } },
      "no JSON in UTF-8",
    ],
    [
      "JSON in another charset",
      { encoded: { contentType: "application/json", bytes: new Uint8Array([0x22, 0xfc, 0x22]) } },
      "no JSON in UTF-8",
    ],
  ])("is refused for good with %s", (_, more, problem) => {
    expect(() => format.write(message(more), kafka)).toThrow(MessageRefusedError);
    expect(() => format.write(message(more), kafka)).toThrow(problem);
  });
});

describe("pythonCqrs, read", () => {
  it("is of the topic that it came from, whatever the event says", () => {
    expect(read(event).topic).toBe("orders");
  });

  it.each([id, "6e8bc4309c3a11d996690800200c9a66", "6E8BC430-9C3A-11D9-9669-0800200C9A66"])(
    "has one spelling of the id %s (M3)",
    (event_id) => {
      expect(read({ ...event, event_id }).id).toBe(id);
    },
  );

  it("has the moment when the broker took it, where it says none itself", () => {
    const timestamp = new Date("2026-11-30T17:00:00Z");
    expect(format.read({ ...wire(event), timestamp }, "orders", kafka).timestamp).toEqual(timestamp);
  });

  it("keeps headers, which others may send, and takes the type of the body for what it is", () => {
    const headers = { "content-type": "application/json", event_name: "x", message_id: "y" };
    expect(read(event, headers)).toMatchObject({
      name: "order.placed",
      headers: { event_name: "x", message_id: "y" },
    });
  });

  it("takes one of the headers of a codec for a header of somebody else", () => {
    expect(read(event, { event_name: "x" })).toMatchObject({
      name: "order.placed",
      headers: { event_name: "x" },
    });
    expect(read(event, { message_id: "y" })).toMatchObject({ id, headers: { message_id: "y" } });
  });

  it.each<[string, string, unknown, Record<string, string>?]>([
    ["no JSON", "its body is no JSON in UTF-8", "{"],
    ["a list", "its body is an array of 0; expected an object", []],
    ["no id", "event_id is missing", { ...event, event_id: undefined }],
    ["an id that is no UUID", 'event_id is "e-1" (a string); expected a UUID', { ...event, event_id: "e-1" }],
    ["a number as its id", "event_id is 7; expected a UUID", { ...event, event_id: 7 }],
    ["two ids", "eventId and event_id are both given", { ...event, eventId: id }],
    ["one field twice", '"event_id" (a string) is given twice', `{"event_id":"${id}","event_id":"${id}"}`],
    ["no name", "event_name is missing", { ...event, event_name: undefined }],
    ["an empty name", 'event_name is "" (a string)', { ...event, event_name: "" }],
    ["no payload", "payload is missing", { ...event, payload: undefined }],
    ["no moment", 'event_timestamp is "now" (a string)', { ...event, event_timestamp: "now" }],
    ["null as its moment", "event_timestamp is null", { ...event, event_timestamp: null }],
    ["neither JSON nor the headers of a codec", "message_id is missing", "x", { "content-type": "a/b" }],
    ["an empty header", 'event_name is "" (a string)', "x", { event_name: "", message_id: id }],
  ])("is malformed with %s, and is kept (M2)", (_, problem, body, headers = {}) => {
    const given = wire(body, headers);
    try {
      format.read(given, "orders", kafka);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof MalformedMessageError)) throw error;
      expect(error.message).toContain(problem);
      expect(error).toMatchObject({ format: "python-cqrs", raw: given });
    }
  });

  it("reads whatever comes, or says that it is malformed", () => {
    const name = fc.constantFrom(
      "event_id",
      "eventId",
      "event_name",
      "event_timestamp",
      "payload",
      "__proto__",
    );
    const body = fc.oneof(
      fc.uint8Array(),
      fc
        .array(fc.tuple(name, fc.oneof(fc.jsonValue(), fc.constant(id))))
        .map((entries) => bytesOf(JSON.stringify(Object.fromEntries(entries)))),
    );
    const headers = fc.dictionary(
      fc.constantFrom("event_name", "message_id", "content-type", "other"),
      fc.oneof(fc.string(), fc.constantFrom(id, "application/json")),
    );
    fc.assert(
      fc.property(body, headers, (bytes, given) => {
        try {
          format.read({ headers: given, body: bytes }, "orders", kafka);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
    );
  });

  it("gives back any message that it writes as it was", () => {
    const any = fc.record({
      id: fc.uuid(),
      name: fc.string({ minLength: 1 }),
      timestamp: fc.date({
        min: new Date("0001-01-01T00:00:00Z"),
        max: new Date("9999-12-31T23:59:59.999Z"),
        noInvalidDate: true,
      }),
      headers: fc.dictionary(
        fc.string().filter((name) => !/^content-(?:type|encoding)$/i.test(name)),
        fc.string(),
      ),
      encoded: fc.oneof(
        fc.record({
          contentType: fc.constant("application/json"),
          bytes: fc.jsonValue().map((value) => bytesOf(JSON.stringify(value))),
        }),
        fc.record({ contentType: fc.constant("application/protobuf"), bytes: fc.uint8Array() }),
      ),
    });
    fc.assert(
      fc.property(any, (given) => {
        const { payload: _, ...sent } = message(given);
        const { timestamp, ...rest } = format.read(format.write(message(given), kafka), "orders", kafka);
        if (given.encoded.contentType === "application/json") expect(timestamp).toEqual(sent.timestamp);
        expect({ ...rest, timestamp: sent.timestamp }).toEqual(sent);
      }),
    );
  });
});
