import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonArrayFormat } from "./json-array-format.js";
import { ndjsonFormat } from "./ndjson-format.js";
import { sseFormat } from "./sse-format.js";
import type { StreamFormat } from "./stream-format.js";

/** Reads events as https://html.spec.whatwg.org/#event-stream-interpretation says. */
function readEvents(text: string): { id: string; event: string; data: string }[] {
  const events: { id: string; event: string; data: string }[] = [];
  let event = { id: "", event: "message", data: [] as string[] };
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === "") {
      if (event.data.length > 0) events.push({ ...event, data: event.data.join("\n") });
      event = { id: event.id, event: "message", data: [] };
      continue;
    }
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "data") event.data.push(value);
    else if (field === "id" || field === "event") event[field] = value;
  }
  return events;
}

const values = fc.array(fc.oneof(fc.jsonValue({ stringUnit: "binary" }), fc.constant(undefined)));
const problem = { title: "No", status: 500, detail: "a\nb\r\n\ndata: {}\u2028" };

function write(format: StreamFormat, items: readonly unknown[], last: string): string {
  return [format.start, ...items.map((item, n) => format.item(item, n + 1) + format.heartbeat), last].join(
    "",
  );
}

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value) ?? "null");

describe("frames", () => {
  it("as server-sent events are read back as they were, whatever the items hold", () => {
    fc.assert(
      fc.property(values, (items) => {
        const read = readEvents(write(sseFormat, items, sseFormat.end(items.length)));
        expect(read.pop()).toEqual({ id: "end", event: "end", data: `{"items":${items.length}}` });
        expect(read.map(({ id }) => id)).toEqual(items.map((_, n) => String(n + 1)));
        expect(read.map(({ data }) => JSON.parse(data))).toEqual(items.map(asJson));
        expect(new Set(read.map(({ event }) => event)).size).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1_000 },
    );
  });

  it("as NDJSON are read back as they were, a line each", () => {
    fc.assert(
      fc.property(values, (items) => {
        const lines = write(ndjsonFormat, items, ndjsonFormat.end(items.length)).split("\n").filter(Boolean);
        const read = lines.map((line) => JSON.parse(line));
        expect(read.pop()).toEqual({ end: { items: items.length } });
        expect(read.map(({ id }) => id)).toEqual(items.map((_, n) => n + 1));
        expect(read.map((line) => "data" in line)).toEqual(items.map((item) => item !== undefined));
        expect(read.map(({ data }) => data ?? null)).toEqual(items.map(asJson));
      }),
      { numRuns: 1_000 },
    );
  });

  it("as an array are read back as they were", () => {
    fc.assert(
      fc.property(values, (items) => {
        const text = write(jsonArrayFormat, items, jsonArrayFormat.end(items.length));
        expect(JSON.parse(text)).toEqual(items.map(asJson));
      }),
    );
  });

  it("of a failure are whole frames, whatever the problem says", () => {
    expect(readEvents(sseFormat.fail?.(problem) ?? "")).toEqual([
      { id: "end", event: "fail", data: JSON.stringify(problem) },
    ]);
    expect(JSON.parse(ndjsonFormat.fail?.(problem) ?? "")).toEqual({ fail: problem });
  });
});
