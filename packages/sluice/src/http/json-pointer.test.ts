import fc from "fast-check";
import { expect, it } from "vitest";
import { jsonPointer } from "./json-pointer.js";

it.each([
  [[], "#"],
  [["name"], "#/name"],
  [["items", 2, "price"], "#/items/2/price"],
  [["a/b~c", "d"], "#/a~1b~0c/d"],
  [['] ["'], "#/%5D%20%5B%22"],
  [["\ud800"], "#/%EF%BF%BD"],
])("writes %j as %s", (keys, pointer) => {
  expect(jsonPointer(keys)).toBe(pointer);
});

it("loses no key of any path", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.nat())), (keys) => {
      const parts = jsonPointer(keys).slice(1).split("/").slice(1);
      const read = parts.map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
      expect(read).toEqual(keys.map(String));
    }),
  );
});
