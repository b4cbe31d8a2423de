import type { IndexedFile, ReadEntry, UnreadFile } from "../files/read-entry.js";
import { readFiles } from "../files/read-files.js";
import type { Way } from "../index-folder.js";
import type { Tools } from "../tools.js";

const conduct: Way["conduct"] = async ({ folder, places, readAhead, signal }, tools, report) => {
  const underWay: Promise<IndexedFile | UnreadFile>[] = [];
  for await (const read of readFiles(folder, places.own, signal)) {
    underWay.push(workOn(read, tools));
    if (underWay.length > readAhead) await reportNext();
  }
  while (underWay.length > 0) await reportNext();

  async function reportNext(): Promise<void> {
    const next = await underWay.shift();
    if (next) await report(next);
  }
};

/**
 * What `npm start` does, written by hand without Sluice: the same reading, the same work on each file, an event in the
 * transaction of its row, which is published after it.
 */
export const byHand: Way = { conduct, indexThread: new URL("./by-hand-worker.js", import.meta.url) };

async function workOn({ file, path, text }: ReadEntry, tools: Tools): Promise<IndexedFile | UnreadFile> {
  const { index, duplicates, statistics, auditLog, gauge } = tools;
  if (file.status === "indexed") {
    await Promise.all([
      gauge.count(() => index.put({ ...file, pathBytes: path, text })),
      gauge.count(async () => duplicates.add(file)),
      gauge.count(async () => statistics.add(file)),
      gauge.count(() => auditLog.append(file)),
    ]);
  } else {
    await gauge.count(() => auditLog.append(file));
  }
  return file;
}
