import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bootstrapStreaming } from "../../mediator/bootstrap.js";
import { Command } from "../../messages/command.js";
import { StreamRun } from "./stream-run.js";
import type { StreamState } from "./stream-state.js";

class Count extends Command<number> {}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function runOf(handler: (signal: AbortSignal) => AsyncIterable<number>, given: { keep?: number } = {}) {
  const states: StreamState<number>[] = [];
  const source = bootstrapStreaming({
    commandsMapper: (map) => map.bind(Count, (_command, { signal }) => handler(signal)),
  });
  const run = new StreamRun<number>({
    source,
    message: new Count(),
    keep: Number.POSITIVE_INFINITY,
    intervalMs: 50,
    show: (state) => states.push(state),
    ...given,
  });
  return { run, states };
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const abort = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

describe("a stream on its way to a page", () => {
  it("shows the first item at once, further ones after the interval, and the end at once", async () => {
    const [second, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { run, states } = runOf(async function* () {
      yield 1;
      yield 2;
      await second.promise;
      yield 3;
      await end.promise;
    });
    run.begin();
    await settle();
    expect(states.map(({ items }) => items)).toEqual([[1]]);
    await vi.advanceTimersByTimeAsync(49);
    second.resolve();
    await settle();
    expect(states).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(states.map(({ items }) => items)).toEqual([[1], [1, 2, 3]]);
    end.resolve();
    await settle();
    expect(states.at(-1)).toEqual({ items: [1, 2, 3], status: "done", error: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("shows what came before a failure with it", async () => {
    const error = new Error("broken");
    const { run, states } = runOf(async function* () {
      yield 1;
      yield 2;
      throw error;
    });
    run.begin();
    await settle();
    expect(states.at(-1)).toEqual({ items: [1, 2], status: "failed", error });
  });

  it("never asks for a stream that is left at once (StrictMode)", async () => {
    let opened = 0;
    const { run, states } = runOf(async function* () {
      yield ++opened;
    });
    run.begin();
    run.leave();
    await settle();
    expect([opened, states]).toEqual([0, []]);
  });

  it("stops, shows that, and keeps what has come", async () => {
    const ended = Promise.withResolvers<void>();
    const { run, states } = runOf(async function* (signal) {
      yield 1;
      yield 2;
      await abort(signal);
      ended.resolve();
    });
    run.begin();
    await settle();
    run.stop();
    run.stop();
    await ended.promise;
    await settle();
    expect(states.at(-1)).toEqual({ items: [1, 2], status: "stopped", error: undefined });
    expect(vi.getTimerCount()).toBe(0);
    const { length } = states;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(states).toHaveLength(length);
  });

  it("shows what a handler throws while it is stopped", async () => {
    const { run, states } = runOf(async function* (signal) {
      try {
        yield 1;
        await abort(signal);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: it is what a clean-up that fails does
        throw new Error("clean-up");
      }
    });
    run.begin();
    await settle();
    run.stop();
    await settle();
    expect(states.at(-1)).toMatchObject({ status: "failed", error: { message: "clean-up" } });
  });

  it("shows nothing after it is left, and ends the handler", async () => {
    const ended = Promise.withResolvers<void>();
    const { run, states } = runOf(async function* (signal) {
      yield 1;
      yield 2;
      await abort(signal);
      ended.resolve();
      yield 3;
    });
    run.begin();
    await settle();
    run.leave();
    run.stop();
    await ended.promise;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(states.map(({ items }) => items)).toEqual([[1]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the newest, whatever the batch", async () => {
    const { run, states } = runOf(
      async function* () {
        for (let n = 1; n <= 1_000; n++) yield n;
      },
      { keep: 3 },
    );
    run.begin();
    await settle();
    expect(states.at(-1)).toMatchObject({ items: [998, 999, 1_000], status: "done" });
    expect(Math.max(...states.map(({ items }) => items.length))).toBeLessThanOrEqual(3);
  });

  it("tells as failed what cannot be streamed at all", async () => {
    const states: StreamState<number>[] = [];
    const source = bootstrapStreaming({});
    const show = (state: StreamState<number>) => states.push(state);
    new StreamRun<number>({ source, message: new Count(), keep: 1, intervalMs: 50, show }).begin();
    await settle();
    expect(states).toMatchObject([{ items: [], status: "failed", error: { code: "SLUICE_NO_HANDLER" } }]);
  });
});
