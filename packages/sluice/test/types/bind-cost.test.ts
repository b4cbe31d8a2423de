import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("../../../../scripts/bench-types.js", import.meta.url));

// One round of `npm run bench:types`; what else runs at that moment can only add to it, hence the retries.
it("binding 500 requests adds less than a second to the compiler's work", {
  timeout: 60_000,
  retry: 3,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script, "--rounds", "1", "--json"]);
  const { requests, withMs, differenceMs } = JSON.parse(stdout);
  expect(requests).toBe(500);
  expect(withMs).toBeGreaterThan(0);
  expect(differenceMs).toBeLessThan(1_000);
});
