import { describe, expect, it } from "vitest";
import { HeaderNames } from "./header-names.js";

const read = (names: HeaderNames, text: string, place = 0) => names.read(Buffer.from(text), place);

describe("names of fields", () => {
  it("are read as they are, whatever stood in their place before", () => {
    const names = new HeaderNames();
    const all = [
      "ce-id",
      "ce-id",
      "ce-ix",
      "ce-i",
      "",
      "ü",
      "ce-id",
      "x".repeat(70),
      "x".repeat(70),
      "ce-id",
    ];
    expect(all.map((text) => read(names, text))).toEqual(all);
    expect(read(names, "data", 1_000_000)).toBe("data");
  });

  it("do not change with the buffer that they came in", () => {
    const names = new HeaderNames();
    const bytes = Buffer.from("ce-id");
    expect(names.read(bytes, 0)).toBe("ce-id");
    bytes.fill("x");
    expect(names.read(bytes, 0)).toBe("xxxxx");
    expect(read(names, "ce-id")).toBe("ce-id");
  });
});
