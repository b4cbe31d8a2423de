import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { Change } from "./change.js";

describe("Change", () => {
  fakeTimers();

  it("waits until it is told, and says that its time has not run out", async () => {
    const change = new Change();
    const waited = change.wait(100);
    change.notify();
    expect(await waited).toBe(false);
  });

  it("waits for its time, and says that it has run out", async () => {
    const waited = new Change().wait(100);
    await vi.advanceTimersByTimeAsync(100);
    expect(await waited).toBe(true);
  });

  it("does not wait for what has happened before, once", async () => {
    const change = new Change();
    change.notify();
    expect(await change.wait(100)).toBe(false);
    const waited = change.wait(100);
    await vi.advanceTimersByTimeAsync(100);
    expect(await waited).toBe(true);
  });
});
