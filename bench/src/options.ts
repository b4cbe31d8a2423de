import { resolve } from "node:path";
import { Argument, Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { type Chosen, chooseWorks } from "./choose-works.js";
import { type BenchOptions, parts } from "./parts.js";

export interface Options extends BenchOptions {
  readonly chosen: readonly Chosen[];
  readonly json: boolean;
  /** Where the JSON goes as well. */
  readonly out: string | undefined;
}

const worksOf = Object.fromEntries(Object.entries(parts).map(([name, { works }]) => [name, works]));

const help = `
Works that --only takes:
${Object.entries(worksOf)
  .filter(([, works]) => works.length > 0)
  .map(([part, works]) => `  ${part.padEnd(8)} ${works.join(", ")}`)
  .join("\n")}`;

/** Reads the command line. On `--help`, and where it makes no sense, it says so and ends the process. */
export function readOptions(args: readonly string[]): Options {
  const command = new Command("npm run bench --")
    .description("Measures Sluice against code by hand and other libraries, and prints a table.")
    .addArgument(
      new Argument("[parts...]", "what to measure (default: everything)").choices(Object.keys(parts)),
    )
    .option("--only <works...>", "only these works")
    .option("--processes <n>", "processes for each work of the core", wholeNumber, 3)
    .option("--rounds <n>", "rounds in each process of the core", wholeNumber, 25)
    .option("--window <ms>", "how long a side of the core is measured in a round", wholeNumber, 30)
    .option("--profile <folder>", "write a CPU profile of each process of the core there", fromCaller)
    .option(
      "--done-rows <n>",
      "how many rows of the outbox are done in its done-rows",
      wholeNumber,
      1_000_000,
    )
    .option("--json", "print JSON instead of the table", false)
    .option("--out <file>", "write the JSON there as well", fromCaller)
    .helpOption("--help", "show this")
    .addHelpText("after", help)
    .exitOverride(({ exitCode }) => process.exit(exitCode && 2))
    .parse(args, { from: "user" });
  const { only = [], processes, rounds, window, profile, doneRows, json, out } = command.opts();
  const execArgv = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  try {
    const chosen = chooseWorks(worksOf, command.processedArgs[0], only);
    return { chosen, core: { processes, rounds, windowMs: window, execArgv }, doneRows, json, out };
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`);
  }
}

/** npm runs this in its own folder, and says where it was called. */
function fromCaller(path: string): string {
  return resolve(process.env.INIT_CWD ?? "", path);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 1 to 999999999.");
}
