import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withLooks } from "./with-looks.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("withLooks", () => {
  it("looks first, while nothing comes, and at the end", async () => {
    const slow = Promise.withResolvers<void>();
    async function* items() {
      yield "a";
      await slow.promise;
      yield "b";
    }
    let looks = 0;
    const seen = withLooks(items(), () => ++looks, 100);
    const next = async () => (await seen.next()).value;

    expect([await next(), await next()]).toEqual([1, "a"]);
    const waiting = next();
    await vi.advanceTimersByTimeAsync(100);
    expect(await waiting).toBe(2);
    slow.resolve();
    expect([await next(), await next(), await next()]).toEqual(["b", 3, undefined]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("asks for nothing that is not wanted, and ends what it reads when it is left", async () => {
    const asked: number[] = [];
    let ended = false;
    async function* items() {
      try {
        for (let n = 1; ; n++) {
          asked.push(n);
          yield n;
        }
      } finally {
        ended = true;
      }
    }
    const seen = withLooks(items(), () => "look", 100);
    await seen.next();
    expect(asked).toEqual([]);
    await seen.next();
    expect(asked).toEqual([1]);
    await seen.return(undefined);

    expect({ asked, ended, timers: vi.getTimerCount() }).toEqual({ asked: [1], ended: true, timers: 0 });
  });

  it("passes an error on", async () => {
    // biome-ignore lint/correctness/useYield: it fails before
    async function* items(): AsyncGenerator<number> {
      throw new Error("broken");
    }
    const seen = withLooks(items(), () => "look", 100);
    await seen.next();

    await expect(seen.next()).rejects.toThrow("broken");
    expect(vi.getTimerCount()).toBe(0);
  });
});
