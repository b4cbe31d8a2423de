import type { IndexedFile, UnreadFile } from "./files/read-entry.js";
import { forgetMissing } from "./index/forget-missing.js";
import { IndexWriter } from "./index/index-writer.js";
import { createMediator } from "./mediator.js";
import { IndexFiles } from "./messages.js";
import type { Places } from "./places.js";
import { type Summary, summarize } from "./report/summary.js";
import { Tools } from "./tools.js";

export interface Job {
  /** Absolute, without links. */
  readonly folder: string;
  readonly places: Places;
  /** Event handlers at once. */
  readonly limit: number;
  readonly sequential: boolean;
  readonly readAhead: number;
  readonly signal: AbortSignal;
}

export type Report = (file: IndexedFile | UnreadFile) => void | Promise<void>;

/** Has every file read and worked on, and tells `report` of each that is done. */
type Conduct = (job: Job, tools: Tools, report: Report) => Promise<void>;

/** How the work is done. */
export interface Way {
  readonly conduct: Conduct;
  /** The thread that writes the index and publishes its events. */
  readonly indexThread?: URL;
}

/** @public The comparison with the work by hand picks it by name. */
export const bySluice: Way = {
  conduct: async ({ folder, places, limit, sequential, readAhead, signal }, tools, report) => {
    await using mediator = createMediator(tools, { limit, sequential });
    await using files = mediator.stream(new IndexFiles(folder, places.own), { readAhead, signal });
    for await (const file of files) await report(file);
  },
};

/**
 * Indexes a folder. When the signal aborts it ends early, without an error. The events of what is
 * in the index are published at the end in any case, as far as they can be.
 */
export async function indexFolder(job: Job, report: Report, way: Way = bySluice): Promise<Summary> {
  const { folder, places, signal } = job;
  const run = Date.now();
  const startedAt = performance.now();
  const count = { indexed: 0, skipped: 0, failed: 0, bytes: 0 };
  await using index = await IndexWriter.open(places, way.indexThread);
  await using tools = await Tools.open(places, index.forRun(run));
  try {
    await way.conduct(job, tools, (file) => {
      count[file.status] += 1;
      if (file.status === "indexed") count.bytes += file.size;
      return report(file);
    });
    forgetMissing(places.index, folder, run);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const events = await index.end();
  const seconds = (performance.now() - startedAt) / 1000;
  return summarize(tools, places, { count, events, stopped: signal.aborted, seconds });
}
