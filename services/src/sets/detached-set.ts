import { runSet, type ServerSet } from "./run-set.js";
import type { FromDetached } from "./start-detached.js";

// The program of a set that goes on when its terminal is gone: see start-detached.ts.
const tell = (message: FromDetached) => process.send?.(message);
const ended = new AbortController();
const end = () => ended.abort();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
// Whoever waited for it has given up.
process.once("disconnect", end);

try {
  await runSet(JSON.parse(process.argv[2] ?? "") as ServerSet, ended.signal, (status) => {
    process.off("disconnect", end);
    tell({ status });
  });
} catch (error) {
  tell({ error: error instanceof Error ? error.message : String(error) });
}
if (process.connected) process.disconnect();
