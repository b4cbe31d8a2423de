import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Row } from "../work.js";

interface SizeLimitResult {
  readonly name: string;
  readonly size: number;
}

const root = new URL("../../../", import.meta.url);

/** Asks size-limit, as the package's own check does. */
export async function measureBundle(): Promise<Row> {
  const sizeLimit = fileURLToPath(new URL("node_modules/size-limit/bin.js", root));
  // It ends with an exit code of its own where a limit is exceeded, and prints the sizes all the same.
  const { stdout, stderr } = spawnSync(process.execPath, [sizeLimit, "--json"], {
    cwd: new URL("packages/sluice", root),
    encoding: "utf8",
  });
  const core = parse(stdout).find(({ name }) => name === "sluice");
  if (core === undefined) throw new Error(`size-limit gave no size of the core: ${stderr || stdout}`);
  return {
    work: "the core, bundled, minified, compressed (brotli)",
    measured: "size",
    took: "",
    against: "",
    otherTook: "",
    value: core.size / 1000,
    unit: "kB",
    goal: { bound: "at most", value: 10 },
  };
}

function parse(json: string): SizeLimitResult[] {
  try {
    return JSON.parse(json);
  } catch {
    return [];
  }
}
