import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("../../../../scripts/bench-types.js", import.meta.url));

it("binding 500 requests adds less than a second to the compiler's work", { timeout: 60_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script, "--rounds", "3", "--json"]);
  const { requests, withMs, differenceMs } = JSON.parse(stdout);
  expect(requests).toBe(500);
  expect(withMs).toBeGreaterThan(0);
  expect(differenceMs).toBeLessThan(1_000);
});
