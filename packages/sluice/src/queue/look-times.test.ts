import { describe, expect, it } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { LookTimes } from "./look-times.js";

const never = Number.POSITIVE_INFINITY;

describe("LookTimes", () => {
  fakeTimers("performance");

  /** Looks, finds nothing, and gives how long it then waits. */
  const wait = (looks: LookTimes, nextInMs = never) => {
    looks.begin();
    looks.end(false, nextInMs);
    return looks.inMs;
  };

  it("looks at once in the beginning, then ever less often, each pollMs in the end (O5)", () => {
    const looks = new LookTimes(10);
    expect(looks.inMs).toBeLessThanOrEqual(0);
    expect([1, 2, 3, 4, 5, 6].map(() => wait(looks))).toEqual([1, 2, 4, 8, 10, 10]);
  });

  it("looks at once while there is more, and begins anew with its waits", () => {
    const looks = new LookTimes(10);
    for (let n = 0; n < 5; n++) wait(looks);
    looks.begin();
    looks.end(true, never);
    expect(looks.inMs).toBeLessThanOrEqual(0);
    expect(wait(looks)).toBe(1);
  });

  it("looks once more when somebody has added while it looked, as that look may not have seen it (O5)", () => {
    const looks = new LookTimes(10);
    looks.begin();
    looks.ask();
    looks.end(false, never);
    expect(looks.inMs).toBeLessThanOrEqual(0);
    expect(wait(looks)).toBe(1);
  });

  it("looks when a row that waits is due (O4)", () => {
    const looks = new LookTimes(500);
    for (let n = 0; n < 9; n++) wait(looks);
    expect(wait(looks, 30)).toBe(30);
    expect(wait(looks, -5)).toBe(1);
  });
});
