import { expect, it } from "vitest";
import { bucketOf, keyHash } from "./key-hash.js";

/** Rows with these are in people's databases. They were made by another program that knows FNV-1a. */
const stored = [
  ["", "", 252_472_541, 5, 5],
  ["orders", "o-1", -55_155_011, 17, 1],
  ["orders", "o-2", -105_487_868, 40, 8],
  ["ordérs", "schlüssel 🦆", 556_921_785, 26, 10],
  ["t", "k".repeat(500), -955_081_361, 10, 10],
] as const;

it.each(stored)(
  "stays what it was for topic %j and key %j, and so do its buckets (O2)",
  (topic, key, hash, of64, of16) => {
    expect(keyHash(topic, key)).toBe(hash);
    expect([bucketOf(hash, 64), bucketOf(hash, 16), bucketOf(hash, 1)]).toEqual([of64, of16, 0]);
  },
);

it("spreads keys that differ in a digit over all buckets, none with twice its part (O3)", () => {
  const counts = new Array<number>(64).fill(0);
  for (let n = 0; n < 64_000; n++) {
    const bucket = bucketOf(keyHash("orders", `order-${n}`), 64);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(500);
  expect(Math.max(...counts)).toBeLessThan(2_000);
});
