import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeOffsetState, encodeOffsetState } from "./offset-state.js";
import { OffsetTracker } from "./offset-tracker.js";

const room = 4_096;
const fresh = (offset: number) => new OffsetTracker(offset, decodeOffsetState(offset, undefined));
const again = (tracker: OffsetTracker, length = room) =>
  new OffsetTracker(
    tracker.offset,
    decodeOffsetState(tracker.offset, encodeOffsetState(tracker.state, length)),
  );

/** Reads messages as a partition does; gives those that are handed over, with their tries. */
function read(tracker: OffsetTracker, offsets: readonly number[], tries = 0): [number, number][] {
  const given: [number, number][] = [];
  for (const offset of offsets) {
    const before = tracker.read(offset);
    if (before === undefined) continue;
    tracker.begin(offset, { tries: before + tries });
    given.push([offset, before]);
  }
  return given;
}

const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe("the offset that is committed", () => {
  it("is that of the oldest message that is not done (C1)", () => {
    const tracker = fresh(10);
    expect(tracker.offset).toBe(10);
    read(tracker, [10, 11, 12]);
    tracker.finish(11);
    expect(tracker.offset).toBe(10);
    tracker.finish(10);
    expect(tracker.offset).toBe(12);
    tracker.finish(12);
    expect(tracker.offset).toBe(13);
  });

  it("passes what lies between messages: gaps, and marks of transactions", () => {
    const tracker = fresh(0);
    read(tracker, [0, 5]);
    tracker.finish(0);
    expect(tracker.offset).toBe(5);
    tracker.finish(5);
    tracker.pass(9);
    expect(tracker.offset).toBe(9);
  });
});

describe("the state that is committed with it", () => {
  it("keeps what is done behind an unfinished message, and tries", () => {
    const tracker = fresh(0);
    read(tracker, from(0, 9), 1);
    for (const offset of [1, 2, 4, 5, 6, 7, 8, 9]) tracker.finish(offset);
    const next = again(tracker);
    expect(next.offset).toBe(0);
    expect(read(next, from(0, 11))).toEqual([
      [0, 1],
      [3, 1],
      [10, 0],
      [11, 0],
    ]);
  });

  it("is kept over another handover before all of it was read again", () => {
    const tracker = fresh(0);
    read(tracker, from(0, 9));
    for (const offset of [1, 2, 3, 4, 6, 7, 8, 9]) tracker.finish(offset);
    const second = again(tracker);
    read(second, [0]);
    second.finish(0);
    expect(second.offset).toBe(5);
    expect(read(again(second), from(5, 10))).toEqual([
      [5, 0],
      [10, 0],
    ]);
  });

  it("goes past messages that were deleted meanwhile", () => {
    const tracker = fresh(0);
    read(tracker, from(0, 4));
    for (const offset of [1, 3]) tracker.finish(offset);
    const next = again(tracker);
    expect(read(next, [4, 5])).toEqual([
      [4, 0],
      [5, 0],
    ]);
    next.finish(4);
    expect(next.offset).toBe(5);
  });

  it("says nothing where all is to be done anyway, and takes nothing from others", () => {
    const tracker = fresh(3);
    read(tracker, from(3, 6));
    expect(encodeOffsetState(tracker.state, room)).toBe("");
    for (const metadata of ["", "somebody else's", "sluice1:", "sluice1:!", "sluice1:_____w", null])
      expect(decodeOffsetState(7, metadata)).toEqual({ unfinished: [], horizon: 7 });
  });

  it("never makes an unfinished message done, nor repeats a done one while it fits", () => {
    const run = fc.record({
      count: fc.integer({ min: 1, max: 400 }),
      done: fc.array(fc.integer({ min: 0, max: 399 })),
      room: fc.integer({ min: 30, max: 5_000 }),
    });
    fc.assert(
      fc.property(run, ({ count, done, room: length }) => {
        const tracker = fresh(1_000);
        read(tracker, from(1_000, 999 + count), 2);
        for (const each of done) tracker.finish(1_000 + each);
        const written = encodeOffsetState(tracker.state, length);
        const given = new Map(read(again(tracker, length), from(tracker.offset, 999 + count)));
        const unfinished = tracker.state.unfinished.map(({ offset }) => offset);
        expect(written.length).toBeLessThanOrEqual(length);
        for (const offset of unfinished) expect(given.has(offset)).toBe(true);
        if (length > 4_000) expect([...given.keys()]).toEqual(unfinished);
      }),
    );
  });
});
