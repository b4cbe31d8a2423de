import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
export const version = "5.3.0";

/** A Python of its own in a temporary folder, with python-cqrs in it. */
export interface PythonCqrs extends AsyncDisposable {
  /** Runs a program of bench/python: the JSON that it prints. */
  run<Answer>(program: string, args?: readonly string[]): Promise<Answer>;
}

/** Makes the environment, with those extras and further packages; throws an error that says what is missing. */
export async function installPythonCqrs(
  extras: readonly string[] = [],
  packages: readonly string[] = [],
): Promise<PythonCqrs> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bench-python-"));
  const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const remove = () => rm(folder, { recursive: true, force: true });
  const wanted = [`python-cqrs${extras.length > 0 ? `[${extras}]` : ""}==${version}`, ...packages];
  try {
    await attempt("python3 with its venv module", "python3", ["-m", "venv", folder]);
    await attempt(`pip, or a way to its package python-cqrs ${version}`, python, [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      ...wanted,
    ]);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    async run(program, args = []) {
      const script = fileURLToPath(new URL(`../../python/${program}`, import.meta.url));
      return JSON.parse((await run(python, [script, ...args])).stdout);
    },
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
