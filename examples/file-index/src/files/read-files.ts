import { type ReadEntry, readEntry } from "./read-entry.js";
import { walk } from "./walk.js";

const filesAtOnce = 8;

/** Reads what is below a folder, except some paths: several files at once, handed out in the order of the walk. */
export async function* readFiles(
  folder: string,
  except: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<ReadEntry> {
  const reading: Promise<ReadEntry>[] = [];
  try {
    for await (const entry of walk(folder, except)) {
      const read = readEntry(entry, signal);
      read.catch(() => {}); // an error waits for its turn
      reading.push(read);
      if (reading.length === filesAtOnce) yield await (reading.shift() as Promise<ReadEntry>);
    }
    for (const read of reading) yield await read;
  } finally {
    await Promise.allSettled(reading);
  }
}
