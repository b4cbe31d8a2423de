import { expect, it } from "vitest";
import { nameProblem } from "./name-problem.js";

it("a text that a store keeps beside a message has 500 characters at most, and no NUL", () => {
  expect(nameProblem("topic", "ö".repeat(500))).toBeUndefined();
  expect(nameProblem("topic", "ö".repeat(501))).toBe(
    "its topic has 501 characters, and 500 are the most. Shorten it, or take a hash.",
  );
  expect(nameProblem("key", "/a/path".repeat(100))).toBe(
    "its key has 700 characters, and 500 are the most. Shorten it, or take a hash.",
  );
  expect(nameProblem("consumer", "c".repeat(191), 190)).toMatch(/190 are the most/);
  expect(nameProblem("key", "a\0b")).toMatch(/with a NUL/);
});
