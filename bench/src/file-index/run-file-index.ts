import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, quartiles, ratiosOf } from "../median.js";
import type { Row, Skipped } from "../work.js";

const example = new URL("../../../examples/file-index/dist/", import.meta.url);

/** `npm start` on many files, and the same written by hand: whole processes that take turns, each with a new index. */
export async function* runFileIndex(files: number, rounds: number): AsyncGenerator<Row | Skipped> {
  const makeFiles = new URL("bench/make-files.js", example);
  if (!existsSync(makeFiles)) {
    yield { skipped: "npm start", reason: "examples/file-index is not built; run npm run build first" };
    return;
  }
  const root = realpathSync(mkdtempSync(join(tmpdir(), "sluice-bench-file-index-")));
  try {
    execFileSync(process.execPath, [fileURLToPath(makeFiles), join(root, "files"), String(files)]);
    const seconds = (conduct: string) => runOnce(root, conduct);
    seconds("bySluice"); // from now on the files are in memory
    const took: number[] = [];
    const other: number[] = [];
    for (let round = 0; round < rounds; round++) {
      if (round % 2 === 0) other.push(seconds("byHand"));
      took.push(seconds("bySluice"));
      if (round % 2 === 1) other.push(seconds("byHand"));
    }
    const ratios = ratiosOf(took, other);
    yield {
      work: `npm start on ${files.toLocaleString("en")} files`,
      measured: "sluice",
      took: `${median(took).toFixed(2)} s`,
      against: "by hand",
      otherTook: `${median(other).toFixed(2)} s`,
      value: median(ratios),
      spread: quartiles(ratios),
      unit: "×",
      goal: { bound: "at most", value: 1.05 },
    };
  } finally {
    rmSync(root, { recursive: true });
  }
}

function runOnce(root: string, conduct: string): number {
  const out = join(root, "out");
  mkdirSync(out);
  const script = fileURLToPath(new URL("index-once.js", import.meta.url));
  const start = performance.now();
  execFileSync(process.execPath, [script, example.href, conduct, join(root, "files"), join(out, "index.db")]);
  const seconds = (performance.now() - start) / 1000;
  rmSync(out, { recursive: true });
  return seconds;
}
