import { parentPort } from "node:worker_threads";
import type { IndexEntry } from "./put-entries.js";

/** What became of the events. */
export interface Delivery {
  /** By this process; what an earlier one left is among them. */
  readonly published: number;
  /** They lie in the outbox, for the next run. */
  readonly waiting: number;
}

/** What an IndexWriter says to its thread: files, which are a transaction, or that there are no more. */
export type Asked = readonly IndexEntry[] | "end";

/** What it is answered, once for each. */
export type Answer = { readonly failure?: unknown } | { readonly delivery: Delivery };

/** Does in this thread what its IndexWriter asks for. */
export function answerWriter(work: {
  put(entries: readonly IndexEntry[]): void;
  end(): Promise<Delivery>;
}): void {
  const answer = (answer: Answer) => parentPort?.postMessage(answer);
  parentPort?.on("message", async (asked: Asked) => {
    if (asked === "end") {
      answer({ delivery: await work.end() });
      parentPort?.close();
      return;
    }
    try {
      work.put(asked);
      answer({});
    } catch (failure) {
      answer({ failure });
    }
  });
}
