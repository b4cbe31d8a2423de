import { argv, stderr, stdout } from "node:process";
import { search } from "./index/search.js";
import { indexFolder } from "./index-folder.js";
import { type Options, readOptions } from "./options.js";
import { makePlaces } from "./places.js";
import { formatFiles, printable } from "./report/format.js";
import { print } from "./report/print.js";
import { ProgressReporter } from "./report/progress-reporter.js";
import { jsonReporter, lineReporter } from "./report/reporters.js";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    process.exitCode = 130;
    stop.abort();
  });
}
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE" && !stop.signal.aborted) fail(error);
  stop.abort(); // nobody reads on (`| head`)
});

try {
  const options = readOptions(argv.slice(2));
  if (options.serve) await serveLivePage(options);
  else await (options.words.length > 0 ? showHits(options) : index(options));
} catch (error) {
  if (!stop.signal.aborted) fail(error);
}

/** Only whoever looks at the page waits until its files are found. */
async function serveLivePage(options: Options): Promise<void> {
  const { serve } = await import("./live/serve.js");
  await serve(options, stop.signal);
}

async function index({ db, json, ...options }: Options): Promise<void> {
  const { signal } = stop;
  const places = makePlaces(db);
  const job = { ...options, places, signal };
  using progress = stdout.isTTY && !json ? new ProgressReporter(job) : undefined;
  const reporter = progress ?? (json ? jsonReporter : lineReporter);
  const summary = await indexFolder(job, (file) => reporter.file(file));
  await reporter.end(summary);
}

async function showHits({ db, words, json }: Options): Promise<void> {
  const { count, hits } = search(db, words);
  for (const hit of hits) {
    const snippet = hit.snippet.replace(/\s+/g, " ");
    await print(json ? JSON.stringify(hit) : `${printable(hit.path)}\n    ${printable(snippet)}`);
  }
  const best = count > hits.length ? `, the best ${hits.length} shown` : "";
  await print(json ? JSON.stringify({ count }) : `${formatFiles(count)}${best}`);
}

function fail(error: unknown): void {
  stderr.write(`error: ${printable(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = 1;
}
