import { compatibilityPartitioner } from "@platformatic/kafka";
import { expect, it } from "vitest";
import { partitionOf } from "./partition-of.js";

it("finds the partition of a key as Kafka's own clients do", () => {
  // What Kafka's own tests say of its hash.
  const known = { "21": -973932308, foobar: -790332482, "a-little-bit-long-string": -985981536 };
  for (const [key, hash] of Object.entries(known))
    expect(partitionOf(Buffer.from(key), 2 ** 31)).toBe(hash & 0x7fffffff);
  for (let n = 0; n < 500; n++) {
    const key = Buffer.from(`key ${"ü".repeat(n % 7)}${n}`);
    expect(partitionOf(key, 2 ** 31)).toBe(compatibilityPartitioner(undefined as never, key));
  }
});
