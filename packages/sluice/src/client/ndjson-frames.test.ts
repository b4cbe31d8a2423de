import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framesOf } from "./answering.fixture.js";
import { NdjsonFrames } from "./ndjson-frames.js";

/** Everything that is read out of these pieces. */
function read(pieces: readonly string[], maxLength = 1_000_000) {
  const frames = new NdjsonFrames(maxLength);
  const found: unknown[] = [];
  for (const piece of pieces) {
    frames.add(piece);
    for (let kind = frames.next(); kind !== undefined; kind = frames.next()) {
      found.push(kind === "item" ? frames.item : kind === "fail" ? frames.problem : kind);
    }
  }
  return found;
}

const problem = { title: "Gone", status: 410 };

describe("frames out of text", () => {
  it("are items, the end, a failure", () => {
    expect(read(['{"id":1,"data":{"a":1}}\n{"id":2,"data":null}\n{"end":{"items":2}}\n'])).toEqual([
      { a: 1 },
      null,
      "end",
    ]);
    expect(read([`{"id":1,"data":7}\n{"fail":${JSON.stringify(problem)}}\n`])).toEqual([7, problem]);
  });

  it("may be items that are undefined (S11)", () => {
    expect(read(['{"id":1}\n{"id":2,"data":0}\n'])).toEqual([undefined, 0]);
  });

  it("pass over heartbeats", () => {
    expect(read(["\n", '\n\n{"id":1,"data":1}\n', "\r\n\n", '{"id":2,"data":2}\n'])).toEqual([1, 2]);
  });

  it("may end with CR LF, and have white space and other members", () => {
    expect(
      read(['{"id":1,"data":1}\r\n{ "data" : 2, "id" : 2, "new": true }\n\t{"id":3,"data":3}\n']),
    ).toEqual([1, 2, 3]);
  });

  it("are not there before their line has ended", () => {
    expect(read(['{"id":1,"data":12}'])).toEqual([]);
    expect(read(['{"id":1,"data":1', "2}", "\n"])).toEqual([12]);
  });

  it("are the same wherever the text is cut", () => {
    const items = [{ text: "line\nbreak \r\n { } é 😀 \u2028" }, "\\n", [[]], null, "", -1e-7];
    const text = `\n${framesOf(items)}`;
    for (let at = 0; at <= text.length; at++) {
      expect(read([text.slice(0, at), text.slice(at)])).toEqual([...items, "end"]);
    }
    expect(read([...text])).toEqual([...items, "end"]);
    const strange = JSON.stringify(items).replaceAll("/", "\\/");
    expect(read([`{"id":1,"data":${strange}}\n`])).toEqual([items]);
  });

  it("are the same whatever the items and however the text is cut", () => {
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }), cuts, (items, at) => {
        const text = framesOf(items);
        const ends = [...new Set([...at.filter((n) => n < text.length), text.length])].sort((a, b) => a - b);
        const pieces = ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
        expect(read(pieces)).toEqual([...items.map((item) => JSON.parse(JSON.stringify(item))), "end"]);
      }),
      { numRuns: 500 },
    );
  });

  it("keep a key like __proto__ as data, and change no prototype", () => {
    const [item] = read(['{"id":1,"data":{"__proto__":{"admin":true}}}\n']) as [{ admin?: boolean }];
    expect(Object.keys(item)).toEqual(["__proto__"]);
    expect(item.admin).toBeUndefined();
  });
});

describe("what is no frame is refused", () => {
  it.each([
    ["{", "a frame is not JSON"],
    ["<html>", "a frame is not JSON"],
    ['{"id":1,"data":1}{"id":2,"data":2}', "a frame is not JSON"],
    ['{"id":1,"data":1},"data":2}', "a frame is not JSON"],
    ["[]", 'a frame is neither an item, nor "end", nor "fail"'],
    ["null", 'a frame is neither an item, nor "end", nor "fail"'],
    ["7", 'a frame is neither an item, nor "end", nor "fail"'],
    ['{"data":1}', 'a frame is neither an item, nor "end", nor "fail"'],
    ['{"fail":"broken"}', 'a frame is neither an item, nor "end", nor "fail"'],
    ['{"id":2,"data":1}', "item 2 came, where 1 should"],
    ['{"id":"1","data":1}', "item 1 came, where 1 should"],
    ['{"end":{"items":1}}', "the stream says that it had 1 items"],
  ])("%s", (line, message) => {
    expect(() => read([`${line}\n`])).toThrow(message);
  });

  it("and so is an item that came twice, or was left out", () => {
    expect(() => read(['{"id":1,"data":1}\n{"id":1,"data":1}\n'])).toThrow("item 1 came, where 2 should");
    expect(() => read(['{"id":1,"data":1}\n{"id":3,"data":3}\n'])).toThrow("item 3 came, where 2 should");
  });
});

describe("the length of a frame", () => {
  const line = '{"id":1,"data":"1234"}';

  it("may be what is allowed, however the text is cut", () => {
    for (let at = 0; at <= line.length; at++) {
      expect(read([line.slice(0, at), `${line.slice(at)}\n`], line.length)).toEqual(["1234"]);
    }
  });

  it("may not be more, and nothing is kept to find that out", () => {
    for (let at = 0; at <= line.length; at++) {
      expect(() => read([line.slice(0, at), `${line.slice(at)}\n`], line.length - 1)).toThrow(
        `a frame is longer than ${line.length - 1} characters`,
      );
    }
    expect(() => read(["x".repeat(30), "x".repeat(30)], 50)).toThrow("a frame is longer than 50 characters");
  });

  it("costs the same in one piece and in pieces of one character", () => {
    const long = framesOf(["x".repeat(300_000)]);
    expect(read([...long])).toEqual(["x".repeat(300_000), "end"]);
  });
});
