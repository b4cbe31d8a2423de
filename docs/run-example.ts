import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { Worker } from "node:worker_threads";

/** Runs a program by itself, to its end; gives what it printed. Rejects when it fails. */
export async function runExample(program: string, signal: AbortSignal): Promise<string> {
  const worker = new Worker(program, { stdout: true, stderr: true, execArgv: [] });
  const stop = () => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  const printed = Promise.all([worker.stdout, worker.stderr].map((stream: Readable) => text(stream)));
  try {
    const code = await new Promise<number>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("exit", resolve);
    });
    const [stdout = "", stderr = ""] = await printed;
    if (code !== 0) throw new Error(`It ended with code ${code}.\n${stdout}${stderr}`);
    return stdout.trimEnd();
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
