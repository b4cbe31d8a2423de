import { readFileSync } from "node:fs";

/** The bytes that a process and its children hold; what they share is counted once. Only Linux tells. */
export function memoryOf(pid: number): number | undefined {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const own = Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) * 1_024;
    return childrenOf(pid).reduce((sum, child) => sum + (memoryOf(child) ?? 0), own);
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.split(" ").filter(Boolean).map(Number);
}
