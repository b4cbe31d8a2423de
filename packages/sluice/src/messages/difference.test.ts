import { describe, expect, it } from "vitest";
import { difference } from "./difference.js";

describe("difference", () => {
  it("names the way to the first value that differs", () => {
    expect(difference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] })).toEqual({
      keys: ["a", 1, "b"],
      before: 2,
      after: 3,
    });
  });

  it.each<[string, unknown, unknown]>([
    ["a missing property", { a: 1 }, {}],
    ["an added property", {}, { a: 1 }],
    ["an added item", [1], [1, 2]],
    ["0 and -0", 0, -0],
    ["two moments", new Date(0), new Date(1)],
    ["a date and its text", new Date(0), new Date(0).toISOString()],
    ["an object and an array", {}, []],
    ["an object and a Map", {}, new Map()],
    ["an object and null", {}, null],
    ["a prototype behind __proto__", JSON.parse('{"__proto__":{}}'), {}],
  ])("tells %s apart", (_, before, after) => {
    expect(difference(before, after)).toBeDefined();
  });

  it("takes as equal what holds the same", () => {
    const value = () => ({ at: new Date(5), n: Number.NaN, list: [null, { a: "b" }] });
    expect(difference(value(), { ...value(), left: undefined, constructor: undefined })).toBeUndefined();
    expect(difference(Object.create(null), {})).toBeUndefined();
  });
});
