import { type ExecFileOptions, execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program to its end; where that is a bad one, it rejects with all that the program said. */
export async function runToEnd(
  path: string,
  args: readonly string[],
  options: ExecFileOptions,
): Promise<void> {
  try {
    await promisify(execFile)(path, args, options);
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error(`${message}${stdout ?? ""}`, { cause: error });
  }
}
