import { Argument, Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { brokerFaults } from "./brokers/broker-faults.js";
import { type BrokerName, brokerNames } from "./brokers/broker-kind.js";
import { type ConsumerMutant, consumerMutants } from "./brokers/consumer-mutants.js";
import { type EngineName, engineNames } from "./engines/engine.js";
import { faults } from "./faults.js";
import { type Mutant, mutants } from "./mutants.js";

const after = `
Prints one JSON line for each run.

Exit codes: 0 fine; 1 a run broke a promise; 2 called in a wrong way. With --mutant, 0 says that a run broke a promise,
so that the mutant was found, and 1 that none did.

Examples:
  $ npm run faults                                        all of them, on every database and broker
  $ npm run faults -- consumer-kill --broker kafka
  $ npm run faults -- relay-kill --engine postgres --full
  $ npm run faults -- relay-kill side-by-side failover --engine postgres --mutant "no fence"`;

/** Reads the command line. On `--help`, and where it makes no sense, it says so and ends the process. */
export function readOptions(args: readonly string[]) {
  const names = [...Object.keys(faults), ...Object.keys(brokerFaults)];
  const command = new Command("npm run faults --")
    .description(
      "Kills, freezes and cuts real processes and databases, and counts what became of every message.",
    )
    .addArgument(new Argument("[faults...]", "which faults").choices(names).default(names, "all"))
    .addOption(
      new Option("--engine <name>", `only on this database; may be repeated (${engineNames.join(", ")})`)
        .argParser(adding(engineNames))
        .default(engineNames as readonly EngineName[], "all"),
    )
    .addOption(
      new Option("--broker <name>", `only on this broker; may be repeated (${brokerNames.join(", ")})`)
        .argParser(adding(brokerNames))
        .default(brokerNames as readonly BrokerName[], "all"),
    )
    .option("--full", "as large as docs/reliability.md says; minutes to hours")
    .addOption(
      new Option("--seed <n>", "brings a run back as far as chance goes")
        .argParser(seedOf)
        .default(Math.floor(Math.random() * 1e9), "by chance"),
    )
    .addOption(
      new Option("--mutant <name>", "with a fault put in on purpose, which must be found").choices([
        ...mutants,
        ...consumerMutants,
      ]),
    )
    .helpOption("--help", "show this")
    .addHelpText("after", after)
    .exitOverride(({ exitCode }) => process.exit(exitCode && 2))
    .parse(args, { from: "user" });
  const { engine: engines, broker: brokers, full = false, seed, mutant } = command.opts();
  return {
    faults: command.processedArgs[0],
    engines,
    brokers,
    full,
    seed,
    mutant: mutants.find((name): name is Mutant => name === mutant),
    consumerMutant: consumerMutants.find((name): name is ConsumerMutant => name === mutant),
  };
}

/** The first one that is given takes the place of all. */
function adding<Name extends string>(all: readonly Name[]) {
  return (text: string, given: readonly Name[]): readonly Name[] => {
    const chosen = all.find((name) => name === text);
    if (chosen === undefined) throw new InvalidArgumentError(`Allowed choices are ${all.join(", ")}.`);
    return given === all ? [chosen] : [...given, chosen];
  };
}

function seedOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number of up to nine digits.");
}
