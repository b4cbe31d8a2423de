import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessageError } from "../malformed-message-error.js";
import type { EncodedPayload, Message } from "../message.js";
import { bindingCases } from "./bindings.fixture.js";
import { cloudEvents } from "./cloud-events.js";

const text = fc
  .string({ unit: "binary", minLength: 1 })
  .filter((each) => !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(each));
const extensionName = fc
  .stringMatching(/^[a-z0-9]{1,20}$/)
  .filter((name) => !["data", "id", "source", "type", "time", "specversion"].includes(name));
const plainName = fc
  .string({ unit: "binary" })
  .filter((name) => !/^(?:ce[-_]|cloudEvents[_:])|^content-type$/i.test(name));
const headers = fc
  .tuple(
    fc.array(fc.tuple(extensionName, text)),
    fc.array(fc.tuple(fc.oneof(plainName, fc.constantFrom("__proto__", "constructor")), fc.string())),
  )
  .map(([extensions, plain]) =>
    Object.fromEntries([...extensions.map(([name, value]) => [`ce-${name}`, value]), ...plain]),
  );
const json = fc.jsonValue().map((value) => new TextEncoder().encode(JSON.stringify(value)));
const encoded: fc.Arbitrary<EncodedPayload> = fc.oneof(
  fc.record({
    contentType: fc.constantFrom("application/json", "application/a+json; charset=utf-8"),
    bytes: fc.oneof(json, fc.uint8Array()),
  }),
  fc.record({
    contentType: fc.constantFrom("application/protobuf", "text/plain; charset=iso-8859-1"),
    bytes: fc.uint8Array(),
  }),
);
const anyMessage: fc.Arbitrary<Message> = fc.record({
  id: text,
  name: text,
  topic: fc.constant("orders"),
  key: fc.option(text, { nil: undefined }),
  timestamp: fc.date({
    min: new Date("0000-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  }),
  headers,
  payload: fc.constant(undefined),
  encoded,
});

const modes = ["binary", "structured"] as const;
const cases = bindingCases.flatMap((each) => modes.map((mode) => ({ ...each, mode })));

describe.each(cases)("CloudEvents over $broker in $mode mode", ({ binding, mode }) => {
  const format = cloudEvents({ mode });

  it("gives back any message as it was", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const { payload: _, ...rest } = message;
        const wire = format.write(message, binding);
        expect(format.read(wire, "orders", binding)).toEqual(rest);
        // As on brokers that carry no key of their own.
        expect(format.read({ ...wire, key: undefined }, "orders", binding).key).toBe(message.key);
      }),
    );
  });

  it("reads whatever comes, or says that it is malformed", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("1.0", "%", "%41", '"a"'));
    const name = fc.oneof(
      fc
        .constantFrom("specversion", "id", "source", "type", "time", "subject", "data", "__proto__")
        .map((each) => binding.prefix + each),
      fc.constantFrom("content-type", "Content-Type", "__proto__"),
      fc.string(),
    );
    const mediaType = fc.constantFrom("application/cloudevents+json", "application/json", "x");
    const anyHeaders = fc
      .tuple(fc.array(fc.tuple(name, value)), mediaType)
      .map(
        ([entries, type]) =>
          Object.fromEntries([...entries, ["content-type", type]]) as Record<string, string>,
      );
    fc.assert(
      fc.property(anyHeaders, fc.oneof(json, fc.uint8Array()), (given, body) => {
        try {
          format.read({ headers: given, body }, "orders", binding);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
    );
  });
});
