import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { percentDecode, percentEncode } from "./percent-encoding.js";

describe("percentEncode", () => {
  it.each([
    ["Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80"],
    ['100% "sure"', "100%25%20%22sure%22"],
    ["\t~!\u007f", "%09~!%7F"],
    ["/orders-service?a=b&c=[d]", "/orders-service?a=b&c=[d]"],
    ["", ""],
  ])("encodes %j as %s", (text, header) => {
    expect(percentEncode(text)).toBe(header);
  });

  it("leaves nothing but printable ASCII, and loses nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const header = percentEncode(text);
        expect(header).toMatch(/^[\x21-\x7e]*$/);
        expect(percentDecode(header)).toBe(text);
      }),
    );
  });
});

describe("percentDecode", () => {
  it.each([
    ["%e2%82%ac", "€"],
    ["%41bc", "Abc"],
    ["%2541", "%41"],
    ["Euro € ", "Euro € "],
    ['"a \\"b\\" \\\\ %41"', 'a "b" \\ A'],
    ['""', ""],
  ])("decodes %j to %j", (header, text) => {
    expect(percentDecode(header)).toBe(text);
  });

  it.each([
    ["%", "no digits"],
    ["%4", "one digit"],
    ["a%zz", "no hexadecimal digits"],
    ["%41%", "half of it"],
    ["%C0%A0", "an overlong space"],
    ["%E2%82", "half of a character"],
    ["%ED%A0%80", "a surrogate"],
    ["%FF", "no UTF-8"],
    ['"open', "an open quote"],
    ['"a"b"', "a quote in quotes"],
    ['"a\\"', "an escaped end"],
  ])("refuses %s: %s", (header) => {
    expect(percentDecode(header)).toBeUndefined();
  });

  it("takes time in proportion to a long header, whatever is in it", () => {
    for (const part of ["%41", '\\"', '"', "%E2", "a"]) percentDecode(`"${part.repeat(500_000)}`);
  });
});
