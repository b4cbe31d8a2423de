import { describe, expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { stateOf, WatchedSignal } from "../handlers/recording.fixture.js";
import { rejection } from "../mediator/flow.fixture.js";
import { pause } from "./pause.js";

fakeTimers();

describe("pause", () => {
  it("resolves at its time, and leaves no listener", async () => {
    const watched = new WatchedSignal();
    const paused = pause(1_000, watched.signal);
    await vi.advanceTimersByTimeAsync(999);
    expect(await stateOf(paused)).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    await paused;
    expect(watched.listeners).toBe(0);
  });

  it("rejects with the signal's reason as soon as that aborts, and leaves no timer", async () => {
    const watched = new WatchedSignal();
    const paused = pause(1_000, watched.signal);
    const reason = new Error("enough");
    watched.abort(reason);
    expect(await rejection(paused)).toBe(reason);
  });

  it("rejects at once when the signal has aborted already", async () => {
    const reason = new Error("enough");
    expect(await rejection(pause(1_000, AbortSignal.abort(reason)))).toBe(reason);
  });
});
