import { afterEach, beforeEach, expect, vi } from "vitest";

type Faked = NonNullable<NonNullable<Parameters<typeof vi.useFakeTimers>[0]>["toFake"]>;

/** Gives each test of the file fake timers, of which it must leave none behind: all kinds, or these. */
export function fakeTimers(...toFake: Faked): void {
  beforeEach(() => {
    vi.useFakeTimers(toFake.length === 0 ? {} : { toFake });
  });

  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
}
