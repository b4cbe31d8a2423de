import { describe, expect, it } from "vitest";
import type { Message } from "../message.js";
import { cloudEvents } from "../wire/cloud-events.js";
import type { WireMessage } from "../wire-format.js";
import { fieldsOf, keyOf, largestOf, redisBinding, wireOf } from "./redis-wire.js";

const body = new TextEncoder().encode("{}");
const message: Message = { id: "1", name: "n", topic: "t", timestamp: new Date(), headers: {}, payload: {} };

/** As Redis gives back what it was given. */
const back = (wire: WireMessage): WireMessage => {
  const fields = fieldsOf(wire).map((field) => (typeof field === "object" ? field : Buffer.from(`${field}`)));
  return wireOf("1700000000000-3", keyOf(fields), fields as Uint8Array[]);
};

describe("an entry of a stream", () => {
  it("has a field for each header, and the body last", () => {
    expect(fieldsOf({ headers: { a: "1", b: "" }, body })).toEqual(["a", "1", "b", "", "data", "{}"]);
  });

  it("comes back as it was, its moment that of the entry", () => {
    const bytes = Uint8Array.of(0, 0xff, 13, 10);
    expect(back({ headers: { "x-ü": "ö" }, body: bytes })).toEqual({
      key: undefined,
      headers: { "x-ü": "ö" },
      body: Buffer.from(bytes),
      timestamp: new Date(1_700_000_000_000),
    });
  });

  it("sends a part of a larger buffer, and no more", () => {
    expect(fieldsOf({ headers: {}, body: Uint8Array.of(1, 2, 3, 4).subarray(1, 3) })).toEqual([
      "data",
      "\u0002\u0003",
    ]);
  });

  it("has bytes that are no text as they are, and so what is too long to look at", () => {
    for (const body of [
      Uint8Array.of(0xff, 0xfe),
      new TextEncoder().encode("\uFFFD"),
      new Uint8Array(70_000),
    ])
      expect(fieldsOf({ headers: {}, body })).toEqual(["data", Buffer.from(body)]);
  });

  it("keeps a header that is called as the body is", () => {
    expect(back({ headers: { data: "a header" }, body })).toMatchObject({
      headers: { data: "a header" },
      body: Buffer.from("{}"),
    });
  });

  it("has the key of a CloudEvent once, where CloudEvents has it", () => {
    const wire = cloudEvents().write({ ...message, key: "k" }, redisBinding);
    expect(fieldsOf(wire)).not.toContain("sluice-key");
    expect(back(wire)).toMatchObject({ key: "k", headers: { "ce-partitionkey": "k" } });
  });

  it("has the key of any other format in sluice-key, which is no header", () => {
    const wire = back({ key: "k", headers: { a: "1" }, body });
    expect(wire).toMatchObject({ key: "k" });
    expect(wire.headers).toEqual({ a: "1" });
  });

  it("has no field that begins with ce- in structured mode: others would take it for binary mode", () => {
    const wire = cloudEvents({ mode: "structured" }).write({ ...message, key: "k" }, redisBinding);
    const fields = fieldsOf(wire);
    expect(fields.filter((field) => String(field).startsWith("ce-"))).toEqual([]);
    expect(cloudEvents().read(back(wire), "t", redisBinding)).toMatchObject({ id: "1", key: "k" });
  });

  it("may have no body, and fields of any name", () => {
    const fields = ["text", "hello", "same-length!", "x", "constructor", "y", "__proto__", "z"].map((text) =>
      Buffer.from(text),
    );
    expect(keyOf(fields)).toBeUndefined();
    const { headers, body } = wireOf("5-0", undefined, fields);
    const expected = { text: "hello", "same-length!": "x", constructor: "y", ["__proto__"]: "z" };
    expect([Object.entries(headers), body]).toEqual([Object.entries(expected), new Uint8Array()]);
  });

  it("is as large as its largest field", () => {
    expect(largestOf(["t", 1_000_000, "abc", new Uint8Array(7)])).toBe(7);
  });
});
