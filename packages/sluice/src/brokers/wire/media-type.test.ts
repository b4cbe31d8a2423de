import { describe, expect, it } from "vitest";
import { isJsonType, isMediaType, isUtf8Type } from "./media-type.js";

describe("media types", () => {
  it.each([
    "application/json",
    "TEXT/Plain; CharSet=utf-8",
    'multipart/mixed; boundary="a \\" b"; x=y',
    "application/vnd.acme.order-v2+json;charset=utf-8",
    "application/json;",
  ])("%s is one (RFC 2045)", (text) => {
    expect(isMediaType(text)).toBe(true);
  });

  it.each([
    "",
    "json",
    "application/",
    "/json",
    "application/json; charset",
    "a/b c",
    "a/b;;",
    "a/b\n",
    "ä/b",
  ])("%j is none", (text) => {
    expect(isMediaType(text)).toBe(false);
  });

  it.each([
    ["application/json", true],
    ["text/JSON ; charset=utf-8", true],
    ["application/problem+json", true],
    ["application/a+b+json", true],
    ["application/jsonl", false],
    ["application/json-seq", false],
    ["text/plain; a=b/json", false],
    ["application/protobuf", false],
  ])("%s: JSON %s", (text, is) => {
    expect(isJsonType(text)).toBe(is);
  });

  it.each([
    ["text/plain", true],
    ['text/plain; charset="UTF-8"', true],
    ["text/plain;charset=us-ascii", true],
    ["text/plain; charset=iso-8859-1", false],
    ["text/plain; charset=utf-16", false],
  ])("%s: UTF-8 %s", (text, is) => {
    expect(isUtf8Type(text)).toBe(is);
  });

  it("takes time in proportion to a long header, whatever is in it", () => {
    for (const part of [";", "; ", ";a=b ", ';a="\\"', "/", "+json", " "]) {
      const text = `a/b${part.repeat(200_000)}\u0000`;
      expect(isMediaType(text)).toBe(false);
      isJsonType(text);
      isUtf8Type(text);
    }
  });
});
