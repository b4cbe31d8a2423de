import { parseArgs } from "node:util";
import { engineNames } from "./engines/engine.js";
import { faults } from "./faults.js";
import { type Mutant, mutants } from "./mutants.js";

const help = `npm run faults -- [fault …] [options]

Faults (default: all): ${Object.keys(faults).join(", ")}

  --engine <name>   only on this database; may be repeated (${engineNames.join(", ")})
  --full            as large as docs/reliability.md says; minutes to hours
  --seed <n>        brings a run back as far as chance goes
  --mutant <name>   with a fault put in on purpose, which must be found (${mutants.join(", ")})
  --help            shows this

Prints one JSON line for each run, and ends with 1 when one of them broke a promise. With --mutant it ends with 0 when
one of them did: then the mutant was found.`;

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
      engine: { type: "string", multiple: true, default: [] },
      full: { type: "boolean", default: false },
      seed: { type: "string" },
      mutant: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit();
  }
  if (values.seed !== undefined && !/^\d{1,9}$/.test(values.seed))
    throw new Error(`--seed is "${values.seed}", expected a whole number of up to nine digits.`);
  const [mutant] = values.mutant === undefined ? [] : known([values.mutant], mutants, "mutant");
  return {
    faults: known(positionals, Object.keys(faults), "fault"),
    engines: known(values.engine, engineNames, "engine"),
    full: values.full,
    seed: values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed),
    mutant: mutant as Mutant | undefined,
  };
}

function known(given: readonly string[], names: readonly string[], what: string): readonly string[] {
  const unknown = given.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no ${what} "${unknown}".`);
  return given.length > 0 ? given : names;
}
