import { execFileSync } from "node:child_process";
import { median, quartiles } from "../median.js";
import type { Row } from "../work.js";

const script = `
const start = performance.now();
await import(process.argv[1]);
console.log(performance.now() - start);
`;

const rounds = 25;

/** What importing the core takes in a fresh process, beyond an empty module; the two take turns. */
export async function measureImport(): Promise<Row> {
  const core = import.meta.resolve("sluice");
  const empty = new URL("empty.js", import.meta.url).href;
  // The first time, the files come from the disk.
  importTime(core);
  const took: number[] = [];
  const others: number[] = [];
  for (let round = 0; round < rounds; round++) {
    others.push(importTime(empty));
    took.push(importTime(core));
  }
  const beyond = took.map((value, i) => value - (others[i] as number));
  return {
    work: "importing the core",
    measured: "in a fresh process",
    took: `${median(took).toFixed(1)} ms`,
    against: "an empty module",
    otherTook: `${median(others).toFixed(1)} ms`,
    value: median(beyond),
    spread: quartiles(beyond),
    unit: "ms",
    goal: { bound: "at most", value: 10 },
  };
}

function importTime(url: string): number {
  const args = ["--input-type=module", "--eval", script, url];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
}
