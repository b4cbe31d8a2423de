import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accepted } from "./accept.js";

const offered = ["text/event-stream", "application/x-ndjson", "application/ndjson", "application/json"];

describe("accepted", () => {
  it.each([
    [null, "application/json"],
    ["", "application/json"],
    ["*/*", "application/json"],
    ["text/event-stream", "text/event-stream"],
    ["TEXT/Event-Stream ; charset=utf-8", "text/event-stream"],
    ["text/*", "text/event-stream"],
    ["application/*", "application/json"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"],
    ["application/json, text/event-stream", "application/json"],
    ["text/event-stream, application/json", "text/event-stream"],
    ["application/json;q=0.5, application/x-ndjson;q=0.9", "application/x-ndjson"],
    ["*/*, application/x-ndjson", "application/x-ndjson"],
    ["*/*;q=1, application/json;q=0", "application/ndjson"],
    ["application/json;q=0", undefined],
    ["application/json;q=2", undefined],
    ["text/html", undefined],
    ["*", undefined],
  ])("of %j takes %s", (header, type) => {
    expect(accepted(header, offered)).toBe(type);
  });

  it("takes any text for a header, and only what is offered", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."atexpl*/,;q=01. ") }), (header) => {
        expect([...offered, undefined]).toContain(accepted(header, offered));
      }),
    );
  });
});
