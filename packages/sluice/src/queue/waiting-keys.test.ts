import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WaitingKeys } from "./waiting-keys.js";

let now = 0;

beforeEach(() => {
  now = 1_000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a key with a row that waits for its next try", () => {
  it("waits until the moment has come, and is forgotten then (O4)", () => {
    const keys = new WaitingKeys();
    keys.wait(1, 100);
    keys.wait(2, 200);
    expect([keys.now(), keys.nextInMs()]).toEqual([[1, 2], 100]);
    now += 99;
    expect(keys.now()).toEqual([1, 2]);
    now += 1;
    expect([keys.now(), keys.nextInMs()]).toEqual([[2], 100]);
    now += 100;
    expect([keys.now(), keys.nextInMs()]).toEqual([[], Number.POSITIVE_INFINITY]);
  });

  it("waits for the last of its rows, in whatever order they are told of (O2, O4)", () => {
    const keys = new WaitingKeys();
    keys.wait(1, 500);
    keys.wait(1, 100);
    now += 499;
    expect(keys.now()).toEqual([1]);
  });
});
