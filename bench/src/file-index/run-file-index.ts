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
    runOnce(root, "bySluice"); // from now on the files are in memory
    const took: Times[] = [];
    const other: Times[] = [];
    for (let round = 0; round < rounds; round++) {
      if (round % 2 === 0) other.push(runOnce(root, "byHand"));
      took.push(runOnce(root, "bySluice"));
      if (round % 2 === 1) other.push(runOnce(root, "byHand"));
    }
    const work = `npm start on ${String(files).replace(/\B(?=(\d{3})+$)/g, ",")} files`;
    yield { ...rowOf(work, took, other, "seconds"), goal: { bound: "at most", value: 1.05 } };
    yield rowOf(`${work}, CPU time`, took, other, "cpuSeconds");
  } finally {
    rmSync(root, { recursive: true });
  }
}

interface Times {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function rowOf(work: string, took: readonly Times[], other: readonly Times[], of: keyof Times): Row {
  const [ours, theirs] = [took, other].map((all) => all.map((times) => times[of])) as [number[], number[]];
  const ratios = ratiosOf(ours, theirs);
  return {
    work,
    measured: "sluice",
    took: `${median(ours).toFixed(2)} s`,
    against: "by hand",
    otherTook: `${median(theirs).toFixed(2)} s`,
    value: median(ratios),
    spread: quartiles(ratios),
    unit: "×",
  };
}

function runOnce(root: string, way: string): Times {
  const out = join(root, "out");
  mkdirSync(out);
  const script = fileURLToPath(new URL("index-once.js", import.meta.url));
  const args = [script, example.href, way, join(root, "files"), join(out, "index.db")];
  const start = performance.now();
  const cpuSeconds = Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
  const seconds = (performance.now() - start) / 1000;
  rmSync(out, { recursive: true });
  return { seconds, cpuSeconds };
}
