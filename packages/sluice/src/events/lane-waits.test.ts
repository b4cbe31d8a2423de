import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyDispatches, countWork, limits, runAll, sendsSomehow, Workshop } from "./workshop.fixture.js";

describe("whatever handlers do that keep events of one key in order", () => {
  it.each(["auto", "context"] as const)(
    "nobody waits for ever: all ends, each event is handled once, no slot is lost (E5, E7): reentrancy %s",
    async (reentrancy) => {
      const property = fc.asyncProperty(
        anyDispatches,
        fc.constantFrom(...limits),
        fc.boolean(),
        async (dispatches, limit, parallel) => {
          const workshop = new Workshop({
            reentrancy,
            keepsOrder: true,
            maxConcurrentEventHandlers: limit,
            concurrentEventHandleEnable: parallel,
          });
          await runAll(workshop, dispatches);
          expect(workshop.handled).toBe(countWork(dispatches.flat()));
          expect(workshop.active.running).toBe(0);
          // What ends before what it sent leaves that behind in its lane.
          const isLoose = sendsSomehow(dispatches.flat(), ({ wait }) => wait === "none");
          if (!isLoose) expect(workshop.peakOfKeys).toBeLessThanOrEqual(1);
          expect(await workshop.capacity()).toBe(limit);
        },
      );
      await fc.assert(property, { numRuns: 150 });
    },
  );
});
