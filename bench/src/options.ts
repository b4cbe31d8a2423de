import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { coreWorks } from "./core/works.js";
import { parts } from "./parts.js";

const help = `npm run bench -- [part …] [options]

Parts (default: all): ${Object.keys(parts).join(", ")}

  --work <name>       only this work of the core; may be repeated
                      (${Object.keys(coreWorks).join(", ")})
  --processes <n>     processes for each work of the core, default 3
  --rounds <n>        rounds in each process, default 25
  --window <ms>       how long a side is measured in a round, default 30
  --profile <folder>  writes a CPU profile of each process of the core there
  --json              prints JSON instead of the table
  --out <file>        writes the JSON there as well
  --help              shows this`;

/** Reads the command line. On `--help`, and where it makes no sense, it says so and ends the process. */
export function readOptions(args: readonly string[]) {
  try {
    return parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      work: { type: "string", multiple: true, default: [] },
      processes: { type: "string", default: "3" },
      rounds: { type: "string", default: "25" },
      window: { type: "string", default: "30" },
      profile: { type: "string" },
      json: { type: "boolean", default: false },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit();
  }
  // npm runs this in its own folder, and says where it was called.
  const fromCaller = (path: string) => resolve(process.env.INIT_CWD ?? "", path);
  return {
    parts: known(positionals, Object.keys(parts), "part"),
    json: values.json,
    out: values.out === undefined ? undefined : fromCaller(values.out),
    core: {
      only: known(values.work, Object.keys(coreWorks), "work"),
      processes: count("--processes", values.processes),
      rounds: count("--rounds", values.rounds),
      windowMs: count("--window", values.window),
      execArgv: values.profile ? ["--cpu-prof", `--cpu-prof-dir=${fromCaller(values.profile)}`] : [],
    },
  };
}

/** The names that were given, or all when none was. */
function known(given: readonly string[], names: readonly string[], what: string): readonly string[] {
  const unknown = given.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no ${what} "${unknown}".`);
  return given.length > 0 ? given : names;
}

function count(option: string, given: string): number {
  if (/^[1-9]\d*$/.test(given)) return Number(given);
  throw new Error(`${option} is "${given}", expected a whole number from 1 up.`);
}
