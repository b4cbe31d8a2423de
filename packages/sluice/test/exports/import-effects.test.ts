import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);

/** What a program sees before and after it imports the built package. */
const program = `
import { syncBuiltinESMExports } from "node:module";
import fs from "node:fs";

const read = [];
const listen = process.listeners.bind(process);
const snapshot = () => JSON.stringify({
  env: process.env,
  globals: Reflect.ownKeys(globalThis).map(String).sort(),
  listeners: process.eventNames().map((name) => [String(name), listen(name).length]),
  prototypes: [Object, Array, Promise, Error, Function].map((type) => Reflect.ownKeys(type.prototype).map(String)),
  console: Object.entries(console).map(([name, value]) => [name, String(value)]),
});
const resources = () => process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap").sort();

// Warms up what the snapshot itself loads.
snapshot();
const before = { state: snapshot(), resources: resources() };
for (const name of ["readFileSync", "openSync", "readFile", "open", "createReadStream"]) {
  const original = fs[name];
  fs[name] = (...given) => {
    read.push(String(given[0]));
    return original(...given);
  };
}
syncBuiltinESMExports();
const exported = Object.keys(await import(process.argv[2]));
const after = { state: snapshot(), resources: resources() };
process.stdout.write(JSON.stringify({
  exported,
  sameState: before.state === after.state,
  newResources: after.resources.filter((name) => !before.resources.includes(name)),
  read: read.filter((path) => !path.endsWith(".js") && !path.endsWith("package.json")),
}));
`;

describe("importing the package", () => {
  const entry = import.meta.resolve("sluice");
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-import-"));
    await writeFile(join(folder, "program.mjs"), program);
    await writeFile(join(folder, ".env"), "SLUICE_FROM_ENV_FILE=read\nLOG_LEVEL=trace\n");
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has no effect: no output, no timer or handle, no file read, environment and globals untouched (python-cqrs sets a log level and reads .env)", async () => {
    const { stdout, stderr } = await run(process.execPath, ["program.mjs", entry], {
      cwd: folder,
      timeout: 20_000,
    });
    expect(stderr).toBe("");
    const seen = JSON.parse(stdout);
    expect(seen).toEqual({ exported: seen.exported, sameState: true, newResources: [], read: [] });
    expect(seen.exported).toContain("bootstrap");
  });

  it("prints nothing, and lets the program end by itself", async () => {
    const { stdout, stderr } = await run(
      process.execPath,
      ["--input-type=module", "--trace-warnings", "-e", `await import(${JSON.stringify(entry)})`],
      { cwd: folder, timeout: 20_000 },
    );
    expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "" });
  });
});
