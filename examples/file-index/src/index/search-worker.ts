import { parentPort, workerData } from "node:worker_threads";
import { PlainError } from "../plain-error.js";
import { search } from "./search.js";

// The thread of searchAside. Errors lose their class on the way, so that a plain one is sent as its message.
try {
  parentPort?.postMessage({ found: search(...(workerData as Parameters<typeof search>)) });
} catch (error) {
  if (!(error instanceof PlainError)) throw error;
  parentPort?.postMessage({ plainError: error.message });
}
