import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";

type EntryKind = "file" | "link" | "named pipe" | "socket" | "device" | "unreadable folder" | "unknown";

/** Something below a folder that is no folder itself, or a folder that cannot be read. */
export interface Entry {
  /** As it is on disk: a name need not be UTF-8. */
  readonly path: Buffer;
  readonly kind: EntryKind;
  /** Why the folder cannot be read. */
  readonly error?: unknown;
}

const slash = Buffer.from("/");

/** Everything below a folder, sorted by name within each folder. Links are not followed. */
export async function* walk(folder: string, except: readonly string[] = []): AsyncGenerator<Entry> {
  const leftOut = new Set(except);
  const folders: Buffer[] = [Buffer.from(folder === "/" ? "" : folder)];
  for (let parent = folders.pop(); parent; parent = folders.pop()) {
    let entries: Dirent<NonSharedBuffer>[];
    try {
      entries = await readdir(parent.length ? parent : slash, { withFileTypes: true, encoding: "buffer" });
    } catch (error) {
      yield { path: parent, kind: "unreadable folder", error };
      continue;
    }
    const below: Buffer[] = [];
    for (const entry of entries.sort((a, b) => Buffer.compare(a.name, b.name))) {
      const path = Buffer.concat([parent, slash, entry.name]);
      if (leftOut.has(path.toString())) continue;
      if (entry.isDirectory()) below.push(path);
      else yield { path, kind: kindOf(entry) };
    }
    for (const path of below.reverse()) folders.push(path);
  }
}

function kindOf(entry: Dirent<NonSharedBuffer>): EntryKind {
  if (entry.isFile()) return "file";
  if (entry.isSymbolicLink()) return "link";
  if (entry.isFIFO()) return "named pipe";
  if (entry.isSocket()) return "socket";
  return entry.isBlockDevice() || entry.isCharacterDevice() ? "device" : "unknown";
}
