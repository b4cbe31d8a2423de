import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonMembers } from "./json-members.js";

describe("jsonMembers", () => {
  it("gives each member as it stands in the text, twice where it stands there twice", () => {
    const text =
      ' { "a" : 1.0 , "b\\u0041":{"c":"}\\"]"},"a":[ [1], "]" ] ,"__proto__":12345678901234567890, "":"\\\\"} ';
    expect(jsonMembers(text)).toEqual([
      ["a", "1.0"],
      ["bA", '{"c":"}\\"]"}'],
      ["a", '[ [1], "]" ]'],
      ["__proto__", "12345678901234567890"],
      ["", '"\\\\"'],
    ]);
  });

  it.each(["{}", " {\n} "])("gives none of %j", (text) => {
    expect(jsonMembers(text)).toEqual([]);
  });

  it("agrees with JSON.parse on any object, however it is indented", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        const members = jsonMembers(text).map(([name, json]) => [name, JSON.parse(json)]);
        expect(members).toEqual(Object.entries(JSON.parse(text)));
      }),
    );
  });

  it("takes long and deep values without a deep stack", () => {
    const long = JSON.stringify('\\"a'.repeat(1_000_000));
    const deep = "[".repeat(2_000) + "]".repeat(2_000);
    expect(jsonMembers(`{"long":${long},"deep":${deep}}`)).toEqual([
      ["long", long],
      ["deep", deep],
    ]);
  });
});
