import { exitCodes } from "./exit-code.js";

/** Resolves with the name of the first signal to end, or when nobody reads the output; a second signal ends at once. */
export function untilStopped(closed: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(exitCodes.failed);
        isStopping = true;
        resolve(signal);
      });
    }
    closed.addEventListener("abort", () => resolve("a closed pipe for its output"), { once: true });
  });
}
