import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Passes } from "./passes.js";
import type { QueueRow } from "./queue-row.js";

const leases = (...buckets: number[]) => buckets.map((bucket) => ({ bucket, epoch: 1 }));
const rows = (...places: [id: number, bucket: number][]) =>
  places.map(([id, bucket]) => ({ id, bucket }) as QueueRow);

describe("Passes", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => vi.useRealTimers());

  it("reads the whole table in order where it has all buckets", () => {
    const passes = new Passes(2);
    passes.begin([], []);
    const claim = passes.claim(leases(0, 1), 2);
    expect(claim.by).toEqual({ after: 0 });
    passes.found(claim, rows([3, 0], [5, 1]));
    expect(passes.claim(leases(0, 1), 2).by).toEqual({ after: 5 });
  });

  it("looks into each bucket first where others have some, then reads in order among the next rows", () => {
    const passes = new Passes(4);
    passes.begin([], []);
    const claim = passes.claim(leases(0, 1), 4);
    expect(claim.by).toEqual({ perBucket: 2, after: new Map() });
    passes.found(claim, rows([1, 0], [9, 0], [2, 1], [7, 1]));
    expect(passes.claim(leases(0, 1), 4).by).toEqual({ after: 7, window: 12 });
  });

  it("lets one bucket fill what the others leave", () => {
    const passes = new Passes(4);
    const perBucket = () => {
      passes.begin([], []);
      const claim = passes.claim(leases(0, 1, 2), 30);
      const { by } = claim;
      if (!("perBucket" in by)) throw new Error("It reads in order.");
      passes.found(
        claim,
        rows(...Array.from({ length: by.perBucket }, (_, n) => [n + 1, 0] as [number, number])),
      );
      return by.perBucket;
    };
    expect([perBucket(), perBucket(), perBucket()]).toEqual([10, 20, 30]);
  });

  it("is over after a moment, when others gave buckets, and when a topic is paused or takes something again", () => {
    const passes = new Passes(1);
    expect(passes.isOver([])).toBe(true);
    passes.begin([], ["down"]);
    expect(passes.isOver(["down"])).toBe(false);
    expect(passes.isOver([])).toBe(true);
    expect(passes.isOver(["down", "other"])).toBe(true);
    passes.restart();
    expect(passes.isOver(["down"])).toBe(true);
    passes.begin([], []);
    vi.advanceTimersByTime(251);
    expect(passes.isOver([])).toBe(true);
  });

  it("leaves out the same keys to its end, so that no later row passes one that was left out (O2)", () => {
    const passes = new Passes(1);
    passes.begin([7], []);
    passes.found(passes.claim(leases(0), 10), rows([1, 0]));
    expect(passes.claim(leases(0), 10).skipKeys).toEqual([7]);
  });
});
