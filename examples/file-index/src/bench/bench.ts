import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { argv, cpuUsage, version } from "node:process";
import { bySluice, type Conduct, indexFolder } from "../index-folder.js";
import { makePlaces } from "../places.js";
import { byHand } from "./by-hand.js";
import { makeFiles } from "./make-files.js";

// node dist/bench/bench.js [files] [rounds]: the main job by Sluice and by hand, in turns, each into a new index.
const [files = 20_000, rounds = 5] = argv.slice(2).map(Number);
const root = realpathSync(mkdtempSync(join(tmpdir(), "file-index-")));
try {
  makeFiles(join(root, "files"), files);
  await measure(bySluice, 16); // warm: the files are in memory, the code is compiled
  const rows = [await compare(0), await compare(16)];
  console.table(rows);
  console.log(JSON.stringify({ files, rounds, cores: availableParallelism(), node: version, rows }));
} finally {
  rmSync(root, { recursive: true });
}

interface Times {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Medians over the rounds; a ratio is that of two runs one after the other. */
async function compare(readAhead: number) {
  const pairs: { sluice: Times; hand: Times }[] = [];
  for (let round = 0; round < rounds; round++) {
    const hand = round % 2 === 0 ? await measure(byHand, readAhead) : undefined;
    const sluice = await measure(bySluice, readAhead);
    pairs.push({ sluice, hand: hand ?? (await measure(byHand, readAhead)) });
  }
  return {
    readAhead,
    "Sluice files/s": Math.round(files / median(pairs.map(({ sluice }) => sluice.seconds))),
    "by hand files/s": Math.round(files / median(pairs.map(({ hand }) => hand.seconds))),
    "time ratio": median(pairs.map(({ sluice, hand }) => sluice.seconds / hand.seconds)),
    "CPU ratio": median(pairs.map(({ sluice, hand }) => sluice.cpuSeconds / hand.cpuSeconds)),
  };
}

async function measure(conduct: Conduct, readAhead: number): Promise<Times> {
  const out = join(root, "out");
  mkdirSync(out);
  const job = {
    folder: join(root, "files"),
    places: makePlaces(join(out, "index.db")),
    limit: 10,
    sequential: false,
    readAhead,
    signal: new AbortController().signal,
  };
  const before = cpuUsage();
  const { seconds } = await indexFolder(job, () => {}, conduct);
  const { user, system } = cpuUsage(before);
  rmSync(out, { recursive: true });
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Number(sorted[Math.floor(sorted.length / 2)]?.toFixed(3));
}
