import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { allBuckets, beatMs, buckets, bucketsOf, Keepers, leaseMs, Way } from "./lease-keeper.fixture.js";
import type { Lease } from "./queue-store.js";

let keepers: Keepers;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  keepers = new Keepers();
});

afterEach(async () => {
  await keepers.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a share of the buckets", () => {
  it("is all of them for one alone, at once (O3)", async () => {
    expect(bucketsOf((await keepers.start("only")).free())).toEqual(allBuckets);
  });

  it.each([2, 3, 5, 16, 20])(
    "is even among %i, each bucket with one of them, within two beats (O3)",
    async (n) => {
      const started = [];
      for (let worker = 1; worker <= n; worker++) started.push(await keepers.start(`worker ${worker}`));
      await pass(2 * beatMs);
      expect(bucketsOf(started.flatMap((keeper) => keeper.free()))).toEqual(allBuckets);
      expect(Math.max(...started.map(({ held }) => held))).toBe(Math.ceil(buckets / n));
    },
  );

  it("grows within a beat when another one closes, after its lease when it was killed (O3)", async () => {
    const way = new Way(keepers.store);
    const closing = await keepers.start("closing");
    const killed = await keepers.start("killed", { leases: way });
    const left = await keepers.start("left");
    await pass(3 * beatMs);
    await closing.close();
    await pass(beatMs);
    expect(left.held).toBe(8);

    way.isCut = true; // whoever is gone gives nothing back
    await killed.close();
    await pass(leaseMs - 2 * beatMs);
    expect(left.held).toBe(8);
    await pass(3 * beatMs);
    expect(bucketsOf(left.free())).toEqual(allBuckets);
  });

  it("is given back only as far as nothing of it is being served (O3)", async () => {
    const release = vi.spyOn(keepers.store, "release");
    const first = await keepers.start("first");
    const busy = allBuckets.slice(0, 12);
    for (const bucket of busy) first.occupy(bucket);
    const second = await keepers.start("second");
    await pass(2 * beatMs);
    expect(bucketsOf(release.mock.calls.flatMap(([given]) => given))).toEqual([12, 13, 14, 15]);
    expect([first.held, second.held]).toEqual([12, 4]);

    await first.vacate(busy.slice(0, 3));
    expect([first.held, first.free()]).toEqual([9, []]);
    await first.vacate(busy.slice(3, 6));
    expect([first.held, bucketsOf(first.free())]).toEqual([8, [4, 5]]);
    await pass(beatMs);
    expect(bucketsOf(second.free())).toEqual([0, 1, 2, 3, 12, 13, 14, 15]);
  });

  it("is alive while it is being served, and free when it is not (O3)", async () => {
    const keeper = await keepers.start("only");
    keeper.occupy(0);
    expect([keeper.isBusy(0), keeper.isBusy(1)]).toEqual([true, false]);
    expect([bucketsOf(keeper.alive()), bucketsOf(keeper.free())]).toEqual([allBuckets, allBuckets.slice(1)]);
    await keeper.vacate([0]);
    expect([keeper.isBusy(0), bucketsOf(keeper.free())]).toEqual([false, allBuckets]);
  });
});

describe("a lease", () => {
  it("is over, by the clock that nobody sets, when the store has not answered for so long (O3)", async () => {
    const way = new Way(keepers.store);
    const keeper = await keepers.start("only", { leases: way });
    const lease = keeper.free()[0] as Lease;
    const answer = Promise.withResolvers<void>();
    way.answering = answer.promise;
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(leaseMs - 1);
    expect([keeper.holds(lease), keeper.free().length]).toEqual([true, buckets]);
    await pass(1);
    expect([keeper.holds(lease), keeper.free().length]).toEqual([false, 0]);
    answer.resolve();
  });

  it("holds from when the store was asked, however late it answers (O3)", async () => {
    const way = new Way(keepers.store);
    const keeper = await keepers.start("only", { leases: way });
    const answer = Promise.withResolvers<void>();
    way.answering = answer.promise;
    await pass(beatMs + 3_000);
    answer.resolve();
    await pass(0);
    way.isCut = true;
    await pass(leaseMs - 3_000 - 1);
    expect(keeper.free()).toHaveLength(buckets);
    await pass(1);
    expect(keeper.free()).toEqual([]);
  });

  it("is of one epoch: the same bucket taken again is another lease (O3)", async () => {
    const way = new Way(keepers.store);
    const keeper = await keepers.start("first", { leases: way });
    const before = keeper.free()[0] as Lease;
    way.isCut = true;
    await pass(leaseMs + 1);
    await (await keepers.start("other")).close();
    way.isCut = false;
    await pass(beatMs);
    expect(keeper.holds(before)).toBe(false);
    expect(keeper.holds({ ...before, epoch: before.epoch + 2 })).toBe(true);
  });

  it("is served only when it is known what waits in its bucket (O4)", async () => {
    const known = Promise.withResolvers<void>();
    const onGained = vi.fn();
    const learn = vi.fn((_: readonly Lease[]) => known.promise);
    const starting = keepers.start("only", { learn, onGained });
    await pass(0);
    expect(bucketsOf(learn.mock.calls.flat(2))).toEqual(allBuckets);
    expect(onGained).not.toHaveBeenCalled();
    known.resolve();
    const keeper = await starting;
    expect(onGained).toHaveBeenCalledOnce();
    expect(keeper.free()).toHaveLength(buckets);
    await pass(3 * beatMs);
    expect([learn, onGained].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  it("that was lost to others is told of once, and why that may be", async () => {
    const way = new Way(keepers.store);
    const keeper = await keepers.start("first", { leases: way });
    const lost = keeper.free()[0] as Lease;
    way.isCut = true;
    await pass(leaseMs + 1);
    await keepers.start("other");
    way.isCut = false;
    await pass(3 * beatMs);
    expect(keeper.holds(lost)).toBe(false);
    expect(keepers.logger.lines.filter((line) => line.startsWith("warn"))).toEqual([
      "warn: first has lost 16 of its buckets to others; it was stopped, or waited for its store, for longer than its lease.",
    ]);
  });
});

describe("a store that does not answer", () => {
  it("is told of once, and once when it is back; the leases are renewed then (O3)", async () => {
    const way = new Way(keepers.store);
    const keeper = await keepers.start("only", { leases: way });
    const { lines } = keepers.logger;
    way.isCut = true;
    await pass(3 * beatMs);
    expect(lines).toEqual(["error: only cannot renew its leases."]);
    way.isCut = false;
    await pass(beatMs);
    expect(lines.slice(1)).toEqual(["info: only reaches its store again."]);
    await pass(3 * leaseMs);
    expect(keeper.free()).toHaveLength(buckets);
    way.isCut = true;
    await pass(beatMs);
    expect(lines.slice(2)).toEqual(["error: only cannot renew its leases."]);
  });

  it("is an error at the start, and so is a name that is taken", async () => {
    await keepers.start("same");
    await expect(keepers.start("same")).rejects.toMatchObject({ code: "SLUICE_WORKER_NAME_TAKEN" });
    const way = new Way(keepers.store);
    way.isCut = true;
    await expect(keepers.start("late", { leases: way })).rejects.toThrow("ECONNREFUSED");
  });

  it("keeps nobody from closing", async () => {
    const way = new Way(keepers.store);
    const keeper = await keepers.start("only", { leases: way });
    way.isCut = true;
    await keeper.close();
    expect(keepers.logger.lines).toEqual(["error: only cannot leave."]);
  });
});

describe("closing", () => {
  it("gives everything back, and nothing is served any more (O3)", async () => {
    const keeper = await keepers.start("only");
    await keeper.close();
    expect([keeper.free(), keepers.store.alive()]).toEqual([[], []]);
    expect(bucketsOf((await keepers.start("next")).free())).toEqual(allBuckets);
  });

  it("waits for the beat that is under way, which takes nothing more (O3)", async () => {
    const way = new Way(keepers.store);
    const keeper = await keepers.start("only", { leases: way });
    const other = await keepers.start("other");
    await pass(3 * beatMs - 1);
    expect([keeper.held, other.held]).toEqual([8, 8]);
    await other.close();
    const answer = Promise.withResolvers<void>();
    way.answering = answer.promise;
    await pass(1);
    const take = vi.spyOn(keepers.store, "take");
    const closed = keeper.close();
    answer.resolve();
    await closed;
    expect(take).not.toHaveBeenCalled();
    expect([keeper.held, keepers.store.alive(), vi.getTimerCount()]).toEqual([0, [], 0]);
  });
});
