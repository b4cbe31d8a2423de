import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RecordingLogger } from "../mediator/flow.fixture.js";
import { Destination } from "./destination.js";

const minute = 60_000;
let now = 0;
let logger: RecordingLogger;
let destination: Destination;

beforeEach(() => {
  now = 1_000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  logger = new RecordingLogger();
  destination = new Destination("orders", logger);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const state = () => (destination.isPaused ? "open" : destination.isSuspect ? "half open" : "closed");

/** Lets it take nothing so often, each time when its pause is over; gives the pauses. */
function pauses(times: number): number[] {
  return Array.from({ length: times }, () => {
    destination.pause(new Error("ECONNREFUSED"));
    const ms = destination.pausedForMs;
    now += ms;
    return ms;
  });
}

describe("the circuit breaker of a topic", () => {
  it("opens when the topic takes nothing, is half open after a pause, and closes when it takes one (O4)", () => {
    expect(state()).toBe("closed");
    destination.pause(new Error("ECONNREFUSED"));
    expect(state()).toBe("open");
    now += destination.pausedForMs - 1;
    expect(state()).toBe("open");
    now += 1;
    expect(state()).toBe("half open");
    destination.took([]);
    expect(state()).toBe("half open");
    destination.took([1]);
    expect(state()).toBe("closed");
  });

  it("opens again from half open, each time for no less than before: from 250 ms on, up to 30 s (O4)", () => {
    const ms = pauses(20);
    expect(ms).toEqual(ms.toSorted((one, other) => one - other));
    expect(ms[0]).toBeGreaterThanOrEqual(250);
    expect(ms[0]).toBeLessThanOrEqual(500);
    expect(ms.slice(8)).toEqual(Array(12).fill(30_000));
  });

  it("begins with a short pause again after the topic has taken something (O4)", () => {
    pauses(10);
    destination.took([1]);
    expect(pauses(1)[0]).toBeLessThanOrEqual(500);
  });

  it("tells once that it opens, once that it closes", () => {
    pauses(3);
    destination.took([1]);
    destination.took([2]);
    const told = logger.lines.filter((line) => !line.startsWith("debug"));
    expect(told).toEqual([
      expect.stringMatching(/^error: orders takes no messages; it is left alone for \d+ ms\.$/),
      "info: orders takes messages again.",
    ]);
  });
});

describe("a message that fails is at fault", () => {
  it("when the topic has taken another in the minute before (O4)", () => {
    destination.took([1]);
    now += minute - 1;
    expect(destination.blames(2)).toBe(true);
  });

  it("not when nothing was taken for a minute, however often it fails (O4)", () => {
    destination.took([1]);
    now += minute;
    expect([destination.blames(2), destination.blames(2)]).toEqual([false, false]);
  });

  it("when another was taken since it failed first, however long ago (O4)", () => {
    expect(destination.blames(2)).toBe(false);
    destination.took([1]);
    now += 10 * minute;
    expect(destination.blames(2)).toBe(true);
    expect(destination.blames(3)).toBe(false);
  });

  it("anew after it was taken, as when it comes again under another owner (O4)", () => {
    destination.blames(2);
    destination.took([1, 2]);
    now += 10 * minute;
    expect(destination.blames(2)).toBe(false);
  });

  it("anew when ten thousand others have failed since, so that dead letters fill no memory (O4)", () => {
    for (let id = 1; id <= 10_001; id++) destination.blames(id);
    destination.took([20_000]);
    now += 10 * minute;
    expect([destination.blames(10_001), destination.blames(1)]).toEqual([true, false]);
  });
});
