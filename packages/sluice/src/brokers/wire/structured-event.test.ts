import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../malformed-message-error.js";
import type { Message } from "../message.js";
import { bindings, bytesOf, textOf } from "./bindings.fixture.js";
import { cloudEvents } from "./cloud-events.js";

const format = cloudEvents({ source: "/orders-service", mode: "structured" });
const { kafka, nats } = bindings;

function message(more: Partial<Message> = {}): Message {
  return {
    id: "e-1",
    name: "order.placed",
    topic: "orders",
    key: "o-ö",
    timestamp: new Date("2026-11-30T17:00:00.123Z"),
    headers: { "ce-subject": "s", "correlation-id": "c-1" },
    payload: { total: 12.5 },
    ...more,
  };
}

const required = { specversion: "1.0", id: "e-1", source: "/s", type: "order.placed" };
const wire = (event: unknown, contentType = "application/cloudevents+json", headers = {}) => ({
  headers: { "content-type": contentType, ...headers },
  body: bytesOf(typeof event === "string" ? event : JSON.stringify(event)),
});
const read = (...given: Parameters<typeof wire>) => format.read(wire(...given), "orders", kafka);

const problemOf = (...given: Parameters<typeof wire>) => {
  try {
    read(...given);
  } catch (error) {
    if (!(error instanceof MalformedMessageError)) throw error;
    return error.message.replace(
      /^What came is no message of CloudEvents 1.0: |\. It is kept in raw\.$/g,
      "",
    );
  }
  return undefined;
};

describe("an event in structured mode, written", () => {
  it("is one JSON object; other headers stay beside it, and no attribute", () => {
    const written = format.write(message(), nats);
    expect({ ...written, body: JSON.parse(textOf(written.body)) }).toEqual({
      key: "o-ö",
      headers: {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "correlation-id": "c-1",
      },
      body: {
        specversion: "1.0",
        id: "e-1",
        source: "/orders-service",
        type: "order.placed",
        time: "2026-11-30T17:00:00.123Z",
        datacontenttype: "application/json",
        partitionkey: "o-ö",
        subject: "s",
        data: { total: 12.5 },
      },
    });
  });

  it("has the very text of encoded JSON, so that a number stays as it was written", () => {
    const encoded = {
      contentType: "application/json",
      bytes: bytesOf('{"n": 12345678901234567890, "f": 1.0}'),
    };
    const written = format.write(message({ encoded }), kafka);
    expect(textOf(written.body)).toContain('"data":{"n": 12345678901234567890, "f": 1.0}}');
    expect(textOf(format.read(written, "orders", kafka).encoded.bytes)).toBe(textOf(encoded.bytes));
  });

  it.each([
    ["protobuf", "application/protobuf", new Uint8Array([0, 255, 1])],
    ["compressed JSON", "application/json", new Uint8Array([0x1f, 0x8b, 0])],
    ["JSON that is none", "application/json", bytesOf('1,"id":"other"')],
    ["JSON with white space before it", "application/json", bytesOf("\t0")],
    ["JSON with white space behind it", "application/json", bytesOf("{}\n")],
    ["a byte order mark", "application/json", bytesOf("\ufeff{}")],
    ["no bytes", "application/json", new Uint8Array()],
    ["many bytes", "application/octet-stream", new Uint8Array(100_000).fill(7)],
  ])("has %s as data_base64", (_, contentType, bytes) => {
    const written = format.write(message({ encoded: { contentType, bytes } }), kafka);
    const event = JSON.parse(textOf(written.body));
    expect(event).not.toHaveProperty("data");
    expect(event).toMatchObject({ id: "e-1", datacontenttype: contentType });
    expect(format.read(written, "orders", kafka).encoded).toEqual({ contentType, bytes });
  });

  it("has no data without a payload, and null for null", () => {
    const empty = format.write(message({ payload: undefined }), kafka);
    expect(Object.keys(JSON.parse(textOf(empty.body)))).not.toContain("data");
    expect(format.read(empty, "orders", kafka).encoded.bytes).toHaveLength(0);
    const nothing = format.write(message({ payload: null }), kafka);
    expect(textOf(format.read(nothing, "orders", kafka).encoded.bytes)).toBe("null");
  });
});

describe("an event in structured mode, read", () => {
  it.each([
    "application/cloudevents+json",
    "application/cloudevents+json; charset=UTF-8",
    "Application/CloudEvents+JSON;charset=utf-8",
    "application/cloudevents",
  ])("is known by %s, whatever is written", (contentType) => {
    const given = wire({ ...required, data: 1 }, contentType);
    for (const each of [format, cloudEvents()]) {
      expect(each.read(given, "orders", kafka)).toMatchObject({ id: "e-1", topic: "orders" });
    }
  });

  it("is a message, extensions among its headers; attributes that headers repeat are not read twice", () => {
    const event = {
      ...required,
      time: "2026-11-30T18:00:00+01:00",
      partitionkey: "k",
      subject: null,
      tenant: "a",
      retries: -3,
      urgent: true,
      data: { a: [1] },
    };
    const headers = { ce_id: "e-9", ce_tenant: "b", "ce-x": "y", traceparent: "00-1" };
    expect(read(event, "application/cloudevents+json", headers)).toEqual({
      id: "e-1",
      name: "order.placed",
      topic: "orders",
      key: "k",
      timestamp: new Date("2026-11-30T17:00:00Z"),
      headers: { "ce-tenant": "a", "ce-retries": "-3", "ce-urgent": "true", traceparent: "00-1" },
      encoded: { contentType: "application/json", bytes: bytesOf('{"a":[1]}') },
    });
  });

  it("has bytes of text in UTF-8, of base64, and does not guess what those are", () => {
    expect(read({ ...required, datacontenttype: "application/xml", data: "<ü/>" }).encoded).toEqual({
      contentType: "application/xml",
      bytes: bytesOf("<ü/>"),
    });
    expect(read({ ...required, data_base64: "AP8=" }).encoded).toEqual({
      contentType: "application/octet-stream",
      bytes: new Uint8Array([0, 255]),
    });
    expect(textOf(read({ ...required, data: "text" }).encoded.bytes)).toBe('"text"');
  });

  it.each<[string, string, unknown, string?]>([
    ["a batch", "it is a batch of events", [required], "application/cloudevents-batch+json"],
    ["a list", "its body is an array of 1; expected an object", [required]],
    ["null", "its body is null; expected an object", null],
    ["no JSON", "its body is no JSON in UTF-8", "{"],
    ["another format", "its content-type is", required, "application/cloudevents+avro"],
    ["another charset", "its content-type is", required, "application/cloudevents+json; charset=utf-16"],
    ["no id", "id is missing", { ...required, id: undefined }],
    ["null for its id", "id is missing", { ...required, id: null }],
    ["a number for its id", "id is 7; expected text", { ...required, id: 7 }],
    ["a wrong version", 'specversion is "2.0" (a string)', { ...required, specversion: "2.0" }],
    ["a wrong moment", "time is", { ...required, time: "now" }],
    ["a wrong media type", "its media type is", { ...required, datacontenttype: "x" }],
    ["id twice", '"id" (a string) is given twice', '{"specversion":"1.0","id":"a","\\u0069d":"a"}'],
    ["data twice", '"data" (a string) is given twice', '{"data":1,"data":1}'],
    ["an extension in upper case", 'the member "Tenant" (a string)', { ...required, Tenant: "a" }],
    ["an object as an extension", "tenant is a plain object", { ...required, tenant: {} }],
    ["a fraction as an extension", "n is 1.5", { ...required, n: 1.5 }],
    ["an integer of more than 32 bits", "n is 2147483648", { ...required, n: 2 ** 31 }],
    ["an empty subject", "subject is empty", { ...required, subject: "" }],
    ["a control character", "tenant is", { ...required, tenant: "\u0000" }],
    ["__proto__", 'the member "__proto__"', '{"specversion":"1.0","__proto__":"a"}'],
    ["both kinds of data", "data and data_base64", { ...required, data: null, data_base64: "" }],
    ["no base64", "data_base64 is", { ...required, data_base64: "?" }],
    ["a number as base64", "data_base64 is 7", { ...required, data_base64: 7 }],
    [
      "JSON that is said to be text",
      "data is a plain object of",
      { ...required, datacontenttype: "a/b", data: {} },
    ],
    [
      "text in another charset",
      "expected text in UTF-8",
      { ...required, datacontenttype: "a/b; charset=latin1", data: "ü" },
    ],
  ])("is malformed with %s", (_, problem, event, contentType = "application/cloudevents+json") => {
    expect(problemOf(event, contentType)).toContain(problem);
  });

  it("takes the smallest and the largest integer", () => {
    const { headers } = read({ ...required, min: -(2 ** 31), max: 2 ** 31 - 1 });
    expect(headers).toEqual({ "ce-min": "-2147483648", "ce-max": "2147483647" });
    expect(problemOf({ ...required, n: -(2 ** 31) - 1 })).toContain("n is -2147483649");
  });

  it.each([
    ["invalid UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ["an overlong character", new Uint8Array([0x22, 0xc0, 0xa0, 0x22])],
    ["nothing", new Uint8Array()],
    ["what is nested beyond measure", bytesOf("[".repeat(1_000_000))],
  ])("is malformed with %s, and its bytes are kept (M2)", (_, body) => {
    const given = { headers: { "content-type": "application/cloudevents+json" }, body };
    const error = expect(() => format.read(given, "orders", kafka));
    error.toThrow(MalformedMessageError);
    error.toThrow("its body is no JSON in UTF-8");
  });

  it("takes time in proportion to its members", () => {
    const members = Array.from({ length: 100_000 }, (_, n) => `"x${n}":"1"`);
    const { headers } = read(`{"specversion":"1.0","id":"a","source":"/","type":"t",${members}}`);
    expect(Object.keys(headers)).toHaveLength(100_000);
  });
});
