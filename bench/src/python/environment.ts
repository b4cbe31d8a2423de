import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const version = "5.3.0";
const script = fileURLToPath(new URL("../../python/measure.py", import.meta.url));

/** A Python of its own in a temporary folder, with python-cqrs in it. */
export interface PythonCqrs extends AsyncDisposable {
  /** Runs bench/python/measure.py: nanoseconds by work. */
  measure(): Promise<Record<string, number>>;
}

/** Makes the environment; throws an error that says what is missing. */
export async function installPythonCqrs(): Promise<PythonCqrs> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-python-"));
  const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await attempt("python3 with its venv module", "python3", ["-m", "venv", folder]);
    const install = [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      `python-cqrs==${version}`,
    ];
    await attempt(`pip, or a way to its package python-cqrs ${version}`, python, install);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    measure: async () => JSON.parse((await run(python, [script])).stdout),
    [Symbol.asyncDispose]: remove,
  };
}

async function attempt(what: string, command: string, args: readonly string[]): Promise<void> {
  try {
    await run(command, [...args]);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`it needs ${what}: ${message.trim().split("\n").at(-1)}`, { cause: error });
  }
}
