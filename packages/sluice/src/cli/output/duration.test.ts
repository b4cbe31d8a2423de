import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../errors/invalid-option-error.js";
import { formatDuration, parseDuration } from "./duration.js";

describe("a duration", () => {
  it.each([
    ["30s", 30_000],
    ["15m", 900_000],
    ["12h", 43_200_000],
    ["7d", 604_800_000],
    ["0s", 0],
  ])("%s is %i ms", (text, ms) => {
    expect(parseDuration("--older-than", text)).toBe(ms);
  });

  it.each(["", "7", "d", "-7d", "7 d", "1.5h", "7w", "7d7d", "99999999d"])("%j is none", (text) => {
    expect(() => parseDuration("--older-than", text)).toThrow(InvalidOptionError);
  });

  it.each([
    [-5, "0ms"],
    [999.4, "999ms"],
    [1_000, "1s"],
    [59_999, "59s"],
    [3_600_000, "1h"],
    [700_000_000, "8d"],
  ])("of %d ms is shown as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
