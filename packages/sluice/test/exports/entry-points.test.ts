import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const library = new URL("../../", import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL("package.json", library), "utf8"));
const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));

/** What a circle between chunks would break depends on which of them is loaded first. */
describe.concurrent("an entry point that is the first thing a process imports", { timeout: 60_000 }, () => {
  it.each(entries)("%s", async (entry) => {
    const name = entry.replace(".", "sluice");
    const program = `const all = await import("${name}"); process.stdout.write(String(Object.keys(all).length));`;
    const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", program], {
      cwd: library,
    });
    expect(stderr).toBe("");
    expect(Number(stdout)).toBeGreaterThan(0);
  });
});
