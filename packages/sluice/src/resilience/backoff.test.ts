import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoff } from "./backoff.js";

describe("the wait before another try", () => {
  it("is between half of the doubled base and all of it, and never above maxMs (O4)", () => {
    const options = fc.record({
      baseMs: fc.integer({ min: 1, max: 60_000 }),
      maxMs: fc.integer({ min: 60_000 }),
    });
    const property = fc.property(fc.integer({ min: 1, max: 2_000 }), options, (attempts, given) => {
      const ceiling = given.baseMs * 2 ** (attempts - 1);
      const ms = backoff(attempts, given);
      expect(ms).toBeGreaterThanOrEqual(Math.min(given.maxMs, Math.round(ceiling / 2)));
      expect(ms).toBeLessThanOrEqual(Math.min(given.maxMs, Math.ceil(ceiling)));
    });
    fc.assert(property, { seed: 20_261_128 });
  });

  it("never shortens from one try to the next (O4)", () => {
    const given = { baseMs: 1_000, maxMs: 300_000 };
    for (let run = 0; run < 200; run++) {
      const waits = Array.from({ length: 12 }, (_, n) => backoff(n + 1, given));
      expect(waits).toEqual(waits.toSorted((one, other) => one - other));
    }
  });

  it("differs for rows that failed together, so that they come back apart (O4)", () => {
    const waits = Array.from({ length: 50 }, () => backoff(5, { baseMs: 1_000, maxMs: 300_000 }));
    expect(new Set(waits).size).toBeGreaterThan(40);
  });
});
