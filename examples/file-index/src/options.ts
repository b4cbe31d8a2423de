import { realpathSync, statSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { defaultIndex } from "./places.js";

export interface Options {
  /** What to index: absolute, without links. */
  readonly folder: string;
  /** What to search for, instead of indexing. */
  readonly words: readonly string[];
  readonly db: string;
  readonly limit: number;
  readonly readAhead: number;
  readonly sequential: boolean;
  readonly json: boolean;
  /** Serve the live page, instead of indexing at once. */
  readonly serve: boolean;
  readonly port: number;
}

/** The options as commander gives them. */
interface Given extends Pick<Options, "db" | "limit" | "readAhead" | "port"> {
  readonly search?: string[];
  readonly sequential?: true;
  readonly json?: true;
  readonly serve?: true;
}

const help = `
Every file is read once, as a stream: hashed (SHA-256), typed by its content, measured, and the first MiB of its text
extracted. Four event handlers work on each file: the full-text index, duplicates, statistics, the audit log.
A file is shown when all four are done, so what was shown is in the index, however the program ends. An event of each
file that is new, changed or gone is committed with it, and published at least once; after kill -9 by the next run.
Links are not followed; pipes, devices and sockets are not opened; what cannot be read is shown with the reason.

On a terminal there is a progress bar, in a pipe a line for each file, with --json an object for each line:
  {"status":"indexed","path":…,"size":…,"type":…,"sha256":…,"notes":[…]}
  {"status":"skipped" or "failed","path":…,"reason":…}
  {"summary":{…}}                        the last line
npm prints lines of its own to a pipe, unless it is \`npm -s start\`.

With --serve there is a page at http://127.0.0.1:3000/, where you choose a folder below the one that is given here,
watch it being indexed, stop it, and search the index. Each tab is a run of its own; closing the tab ends it.

Files:
  ${defaultIndex.padEnd(32)}       the index (SQLite), unless --db names another
  ${`${defaultIndex}.audit.jsonl`.padEnd(32)}       the audit log, beside the index: a line for each file, in every run
  ${`${defaultIndex}.events.jsonl`.padEnd(32)}       the events that were published: {"id":…,"name":"file.indexed" or "file.forgotten",…}
They are not indexed themselves. Indexing again replaces what changed and forgets what is gone.

Exit codes: 0 done; 1 failed; 2 called in a wrong way; 130 stopped by Ctrl-C (SIGINT) or SIGTERM, and what was shown is in the index.`;

/** Reads the command line. On `--help`, and where it makes no sense, it says so and ends the process. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command("npm start --")
    .description("Indexes every file below a folder, and searches the index, here or in a browser.")
    .argument("[folder]", "what to index (default: the current folder)")
    .option("--search <words...>", "show the files that have all these words in their text or name")
    .option("--limit <n>", "event handlers at once, 1 or more", wholeNumber(1), 32)
    .option("--sequential", "run event handlers one at a time")
    .option(
      "--read-ahead <n>",
      "files that may be read while earlier ones are handled, 0 to 1000",
      wholeNumber(0, 1000),
      16,
    )
    .option("--db <file>", "where the index is", defaultIndex)
    .option("--json", "print JSON lines")
    .option("--serve", "show it live in a browser, on this machine only")
    .option("--port <n>", "where --serve listens; 0: any free port", wholeNumber(0, 65_535), 3000)
    .helpOption("--help", "show this")
    .addHelpText("after", help)
    .showSuggestionAfterError(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode && 2))
    .parse(args, { from: "user" });
  const { search, ...options } = command.opts<Given>();
  const words = search?.flatMap((part) => part.split(/\s+/)).filter(Boolean) ?? [];
  const [folder = "."] = command.args;
  if (search && command.args.length > 0)
    command.error("error: --search searches the whole index: leave the folder out");
  if (options.serve && (search || options.json)) {
    command.error("error: --serve shows and searches in a browser: leave --search and --json out");
  }
  if (command.getOptionValueSource("port") === "cli" && !options.serve) {
    command.error("error: --port is where --serve listens: add --serve");
  }
  if (search && words.length === 0) command.error("error: option '--search <words...>' needs a word");
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    command.error(`error: '${folder}' is no folder`);
  return { sequential: false, json: false, serve: false, ...options, folder: realpathSync(folder), words };
}

function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(
      `Expected a whole number, ${least} ${most < 1e6 ? `to ${most}` : "or more"}.`,
    );
  };
}
