import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { retryAfter } from "./retry-after.js";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 27, 12) });
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([
  [null, undefined],
  ["0", 0],
  [" 7 ", 7_000],
  ["Fri, 27 Nov 2026 12:00:30 GMT", 30_000],
  ["Fri, 27 Nov 2026 11:00:00 GMT", 0],
  ["soon", undefined],
  ["-1", undefined],
  ["", undefined],
])("%j is %s ms", (header, ms) => {
  expect(retryAfter(header)).toBe(ms);
});
