import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { install } from "./commands/install.js";
import { start } from "./commands/start.js";
import { status } from "./commands/status.js";
import { stop } from "./commands/stop.js";
import { type ServiceName, serviceNames } from "./services.js";

const examples = `
Examples:
  $ npm run services                                     all of them, until Ctrl-C
  $ npm run services -- --only kafka,redis --port kafka=9092
  $ npm run services -- start --detached --name other    beside those; the prompt comes back
  $ npm run services -- status
  $ npm run services -- stop --name other

Servers: ${serviceNames.join(", ")}`;

/** Does what the arguments of `npm run services` say. Where they make no sense, it says so and ends the process. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = new Command("npm run services --")
    .description("Real servers on 127.0.0.1 without passwords, each with its data in a temporary folder.")
    .helpOption("--help", "show this")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", examples)
    .exitOverride(({ exitCode }) => process.exit(exitCode && 2));

  program
    .command("start", { isDefault: true })
    .description("Start servers, and end them on Ctrl-C. It is what happens without a command.")
    .addOption(only("which servers, with commas between them"))
    .addOption(
      new Option("--port <name=port>", "where one listens; may be repeated")
        .argParser(addPort)
        .default({}, "free ones"),
    )
    .option("--name <name>", "what to call these: others may run under other names", setName, "default")
    .option("--detached", "leave them running until they are stopped")
    .action(({ only, port: ports, name, detached = false }) => start({ name, only, ports }, detached));

  program
    .command("status")
    .description("Show what runs: URL, process, memory and folder of each server.")
    .action(status);

  program
    .command("stop")
    .description("End servers, and delete their data.")
    .option("--name <name>", "what they were called", setName, "default")
    .action(({ name }) => stop(name));

  program
    .command("install")
    .description("Bring what is missing, on Debian and Ubuntu; start nothing.")
    .addOption(only("for which servers, with commas between them"))
    .action(({ only }) => install(only));

  await program.parseAsync(args, { from: "user" });
}

const only = (description: string) =>
  new Option("--only <names>", description).argParser(namesOf).default(serviceNames, "all");

function namesOf(text: string): readonly ServiceName[] {
  return [...new Set(text.split(",").map(nameOf))];
}

function nameOf(text: string): ServiceName {
  const name = serviceNames.find((each) => each === text);
  if (name !== undefined) return name;
  throw new InvalidArgumentError(`There is no "${text}" among ${serviceNames.join(", ")}.`);
}

type Ports = Readonly<Partial<Record<ServiceName, number>>>;

function addPort(text: string, ports: Ports): Ports {
  const [, name = "", digits] = /^([^=]*)=(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (port >= 1 && port <= 65_535) return { ...ports, [nameOf(name)]: port };
  throw new InvalidArgumentError("Expected a name and a port from 1 to 65535, such as redis=6379.");
}

function setName(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,29}$/i.test(text)) return text;
  throw new InvalidArgumentError("Expected up to 30 letters, digits and dashes.");
}
