import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { fakeTimers } from "../handlers/fake-timers.fixture.js";
import { allBuckets, beatMs, bucketsOf, Keepers, leaseMs, Way } from "./lease-keeper.fixture.js";
import type { LeaseKeeper } from "./lease-keeper.js";

/** `cut`: somebody does not reach the store; `delay`: what the store answers is long on its way. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom("start", "close", "cut", "delay", "mend"),
    who: fc.nat(3),
    thenMs: fc.integer({ min: 1, max: 15_000 }),
  }),
  { minLength: 5, maxLength: 25 },
);

interface Started {
  readonly keeper: LeaseKeeper;
  readonly way: Way;
}

fakeTimers();

function mend({ way }: Started, delay: PromiseWithResolvers<void> | undefined): void {
  way.isCut = false;
  way.answering = Promise.resolve();
  delay?.resolve();
}

it("no bucket is served by two at once, and in the end each by one, whoever comes, goes, or is cut off (O3)", async () => {
  const property = fc.asyncProperty(steps, async (given) => {
    const keepers = new Keepers();
    const started = new Map<number, Started>();
    const delays = new Map<number, PromiseWithResolvers<void>>();
    const served = () => bucketsOf([...started.values()].flatMap(({ keeper }) => keeper.free()));

    for (const [n, { what, who, thenMs }] of given.entries()) {
      const one = started.get(who);
      if (what === "start" && one === undefined) {
        const way = new Way(keepers.store);
        started.set(who, { way, keeper: await keepers.start(`worker ${n}`, { leases: way }) });
      }
      if (one !== undefined) {
        if (what === "close" && !delays.has(who)) {
          await one.keeper.close();
          started.delete(who);
        }
        if (what === "cut") one.way.isCut = true;
        if (what === "delay" && !delays.has(who)) {
          const delay = Promise.withResolvers<void>();
          delays.set(who, delay);
          one.way.answering = delay.promise;
        }
        if (what === "mend") mend(one, delays.get(who));
        if (what === "mend") delays.delete(who);
      }
      for (let ms = 0; ms < thenMs; ms += 500) {
        await vi.advanceTimersByTimeAsync(Math.min(500, thenMs - ms));
        expect(served()).toHaveLength(new Set(served()).size);
      }
    }
    for (const [who, one] of started) mend(one, delays.get(who));
    await vi.advanceTimersByTimeAsync(leaseMs + 3 * beatMs);
    if (started.size > 0) expect(served()).toEqual(allBuckets);
    await keepers.close();
    expect(vi.getTimerCount()).toBe(0);
  });
  await fc.assert(property, { seed: 20_261_128, numRuns: 60 });
});
