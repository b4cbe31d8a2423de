import { readdirSync, readlinkSync } from "node:fs";

/** The processes that work in a folder: those of a server and of what it has started. Only Linux tells. */
export function processesIn(folder: string): readonly number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return all.filter((pid) => isBelow(folder, `/proc/${pid}/cwd`)).map(Number);
}

function isBelow(folder: string, link: string): boolean {
  try {
    // Where the folder is gone, " (deleted)" follows.
    return `${readlinkSync(link).replace(/ \(deleted\)$/, "")}/`.startsWith(`${folder}/`);
  } catch {
    return false; // gone, a zombie, or somebody else's
  }
}
