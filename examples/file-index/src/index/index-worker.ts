import { parentPort, workerData } from "node:worker_threads";
import { openIndex } from "./open-index.js";
import { type IndexEntry, preparePut } from "./put-entries.js";

// The thread of an IndexWriter. A message is a transaction, and the answer is what it failed with, if it did; an empty
// message is the last one.
const { path, run } = workerData as { path: string; run: number };
const db = openIndex(path);
const put = preparePut(db, run);

parentPort?.on("message", (entries: readonly IndexEntry[]) => {
  if (entries.length === 0) {
    db.close();
    parentPort?.close();
    return;
  }
  let failure: unknown;
  try {
    put(entries);
  } catch (error) {
    failure = error;
  }
  parentPort?.postMessage(failure);
});
