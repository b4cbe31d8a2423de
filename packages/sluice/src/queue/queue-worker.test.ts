import { describe, expect, it, vi } from "vitest";
import { startRelay } from "../outbox/start-relay.js";
import {
  add,
  brokerThat,
  Happened,
  keepDone,
  logger,
  outbox,
  registry,
  relay,
  settle,
  stats,
  useOutbox,
} from "./queue-worker.fixture.js";
import { WakeUp } from "./wake-up.js";
import type { WorkerReport } from "./worker-report.js";

useOutbox();

describe("when a relay looks for rows", () => {
  it("looks at once when they are committed in the same process (O5)", async () => {
    const { broker, arrived } = brokerThat();
    await relay({ broker, pollMs: 60_000 });
    await vi.advanceTimersByTimeAsync(200_000); // it has become slow
    add(new Happened(1, "a"));
    await vi.advanceTimersByTimeAsync(1);
    expect(arrived).toEqual(["a1"]);
  });

  it("looks soon after an add, then ever less often, for whoever does not say that it has committed (O5)", async () => {
    const { broker, arrived } = brokerThat();
    await relay({ broker, pollMs: 60_000 });
    await vi.advanceTimersByTimeAsync(200_000);
    const tx = outbox.begin();
    outbox.add(new Happened(1, "a"), tx);
    vi.spyOn(outbox.queue.wakeUp, "committed").mockImplementation(() => {});
    await vi.advanceTimersByTimeAsync(50);
    tx.commit();
    await vi.advanceTimersByTimeAsync(50);
    expect(arrived).toEqual(["a1"]);
  });

  it("looks each pollMs where another process adds (O5)", async () => {
    const { broker, arrived } = brokerThat();
    await relay({ broker, pollMs: 700 });
    await vi.advanceTimersByTimeAsync(10_000);
    const claim = vi.spyOn(outbox.queue.rows, "claim");
    vi.spyOn(outbox.queue.wakeUp, "added").mockImplementation(() => {});
    vi.spyOn(outbox.queue.wakeUp, "committed").mockImplementation(() => {});
    add(new Happened(1, "a"));
    await vi.advanceTimersByTimeAsync(700);
    expect(arrived).toEqual(["a1"]);
    claim.mockClear();
    await vi.advanceTimersByTimeAsync(7_000);
    expect(claim.mock.calls.length).toBeLessThan(25);
  });
});

describe("a broker that is quicker than the database", () => {
  it("gets batch after batch of rows as they lie together, which a database marks quickest", async () => {
    const { rows } = outbox.queue;
    const complete = rows.complete.bind(rows);
    vi.spyOn(rows, "complete").mockImplementation(async (...marks) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return complete(...marks);
    });
    const { broker, publish } = brokerThat();
    await relay({ broker, batchSize: 4, lanes: 2 });
    add(new Happened(0, "a"));
    await settle();
    publish.mockClear();
    add(...Array.from({ length: 8 }, (_, n) => new Happened(n + 1, "abcd"[n % 4] as string)));
    await vi.advanceTimersByTimeAsync(5);
    const sent = () => publish.mock.calls.map(([batch]) => batch.map(({ payload }) => payload));
    expect(sent()).toEqual([[1, 2, 3, 4]]);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent()).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });
});

describe("what is kept when it is done", () => {
  it("is deleted when its time has passed (O6)", async () => {
    keepDone();
    const { broker } = brokerThat();
    await relay({ broker, retentionMs: 600_000, reportMs: 1_000 });
    add(new Happened(1, "a"));
    await vi.advanceTimersByTimeAsync(599_000);
    expect((await stats()).done).toBe(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect((await stats()).done).toBe(0);
  });

  it("is warned of when that is sooner than the longest wait for another try (O6)", async () => {
    await relay({ broker: brokerThat().broker, retentionMs: 1_000 });
    expect(logger.lines).toContainEqual(expect.stringMatching(/deletes what is done after 1000 ms/));
  });
});

describe("close()", () => {
  it("waits for what is being published, reads nothing more, and gives its buckets back (O3)", async () => {
    const publishing = Promise.withResolvers<void>();
    const publish = vi.fn(() => publishing.promise);
    const closing = await startRelay({ outbox, logger, broker: { publish, async close() {} } });
    add(new Happened(1, "a"));
    await settle();
    const closed = closing.close();
    add(new Happened(2, "b"));
    await settle();
    expect((await stats()).workers).toHaveLength(1);
    publishing.resolve();
    await closed;
    expect(publish).toHaveBeenCalledTimes(1);
    expect(await stats()).toMatchObject({ pending: 1, workers: [] });
  });

  it("aborts what takes longer than closeTimeoutMs, and blames no message (O4)", async () => {
    const publish = (_: unknown, { signal }: { readonly signal: AbortSignal }) =>
      new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const closing = await startRelay({
      outbox,
      logger,
      broker: { publish, async close() {} },
      closeTimeoutMs: 500,
    });
    add(new Happened(1, "a"));
    await settle();
    const closed = closing.close();
    await vi.advanceTimersByTimeAsync(500);
    await closed;
    expect(await stats()).toMatchObject({ pending: 1, waiting: 0 });
  });
});

it("reports depth, lag and rates", async () => {
  const reports: WorkerReport[] = [];
  await relay({ broker: brokerThat().broker, onReport: (report) => reports.push(report), reportMs: 1_000 });
  add(new Happened(1, "a"), new Happened(2, "a"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(reports).toMatchObject([{ delivered: 2, failed: 0, died: 0, pending: 0, buckets: 16, lagMs: 0 }]);
  expect(reports[0]?.ratePerSecond).toBeCloseTo(2, 0);
});

it.each([
  [{ batchSize: 0 }, "relay batchSize"],
  [{ lanes: 65 }, "relay lanes"],
  [{ leaseMs: 10 }, "relay leaseMs"],
  [{ name: "" }, "relay name"],
  [{ maxAttempts: Number.NaN }, "relay maxAttempts"],
  [{ onReport: 1 as never }, "relay onReport"],
  [{ broker: {} as never }, "startRelay broker"],
  [{ outbox: {} as never }, "startRelay outbox"],
])("refuses %o", async (options, option) => {
  const started = startRelay({ outbox, broker: brokerThat().broker, logger, ...options });
  await expect(started).rejects.toMatchObject({ code: "SLUICE_INVALID_OPTION", option });
});

describe("a store that tells of rows of other processes", () => {
  it("has a relay look at once, though it has become slow (O5)", async () => {
    let tell = () => {};
    const stop = vi.fn(async () => {});
    const { desk, rows, leases, buckets } = outbox.queue;
    const listen = async (onAdded: () => void) => {
      tell = onAdded;
      return stop;
    };
    // Its own wake-up, so that nothing in this process tells the relay.
    const queue = { desk, rows, leases, buckets, wakeUp: new WakeUp(), listen };
    const { broker, arrived } = brokerThat();
    const started = await startRelay({
      outbox: { add: outbox.add, committed() {}, registry, queue } as never,
      broker,
      logger,
      pollMs: 600_000,
    });
    await vi.advanceTimersByTimeAsync(2_000_000);
    add(new Happened(1, "a"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(arrived).toEqual([]);
    tell();
    await settle();
    expect(arrived).toEqual(["a1"]);
    await started.close();
    expect(stop).toHaveBeenCalledOnce();
  });
});

describe("draining a relay", () => {
  it("ends when what was added is published, and not before", async () => {
    const isTaken = Promise.withResolvers<void>();
    const isDrained = vi.fn();
    const started = await relay({ broker: { publish: () => isTaken.promise, async close() {} } });
    add(new Happened(1, "a"));
    const drained = started.drain().then(isDrained);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(isDrained).not.toHaveBeenCalled();
    isTaken.resolve();
    await vi.advanceTimersByTimeAsync(100);
    await drained;
    expect((await stats()).pending).toBe(0);
  });

  it("rejects with the signal's reason while a row waits for its next try, and goes on publishing", async () => {
    let isDown = true;
    const { broker, arrived } = brokerThat(() => (isDown ? new Error("down") : undefined));
    const started = await relay({ broker });
    add(new Happened(1, "a"));
    const given = new AbortController();
    const drained = expect(started.drain({ signal: given.signal })).rejects.toThrow("enough");
    await settle();
    given.abort(new Error("enough"));
    await vi.advanceTimersByTimeAsync(50);
    await drained;
    isDown = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(arrived).toEqual(["a1"]);
  });
});
