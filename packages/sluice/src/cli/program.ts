import { readFileSync } from "node:fs";
import { Command } from "@commander-js/extra-typings";
import { migrate } from "./commands/migrate.js";
import { relay } from "./commands/relay.js";
import { addDeadLetters } from "./dead-letters-program.js";
import { type ExitCode, exitCodes } from "./exit-code.js";
import type { Terminal } from "./output/terminal.js";
import { wholeNumber } from "./output/whole-number.js";
import { examples, type Run, withSource } from "./program-options.js";
import { addQueue } from "./queue-program.js";

const about = `
Each command finds its database by --database <url>, by --config <file>, or by
sluice.config.ts, .mts, .js or .mjs in the current folder; relay and
dead-letters find their broker in the config.

Exit codes: 0 fine; 1 failed; 2 called in a wrong way, the config included;
3 nothing matched.`;

/** Does what the arguments of the `sluice` command say; gives its exit code. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const end = async (result: Promise<ExitCode>): Promise<void> => {
    exitCode = await result;
  };
  const run: Run = { terminal, end };
  const program = new Command("sluice")
    .description("Looks after the outbox, the inbox and the dead letters of Sluice, and runs the relay.")
    .version(readVersion(), "--version", "show the version")
    .helpOption("-h, --help", "show this")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", examples("outbox stats --database sqlite:shop.db", "relay") + about)
    .showHelpAfterError("(--help shows what there is)")
    .exitOverride();

  const migrating = program
    .command("migrate")
    .description("Bring the tables to the newest version; where they are, change nothing.")
    .option("--print", "print the SQL instead of running it; opens no database")
    .option(
      "--from <version>",
      "with --print: the version that your tables are of",
      wholeNumber("--from", 0, 1_000_000),
    );
  withSource(migrating)
    .addHelpText(
      "after",
      examples(
        "migrate --database sqlite:shop.db",
        "migrate --print --database postgres: > sluice.sql",
        "migrate --print --from 1 --database postgres: > sluice-2.sql",
      ),
    )
    .action((options, command) => {
      if (options.from !== undefined && !options.print)
        command.error("error: --from is for --print; without it the tables tell their version themselves");
      return end(migrate(options, terminal));
    });

  program
    .command("relay")
    .description(
      "Publish what the outbox of the config keeps, until SIGTERM or SIGINT; a second one ends it at once.",
    )
    .option("--config <file>", "a config other than the one in this folder")
    .option("--json", "log JSON lines")
    .option("--verbose", "log debug lines too")
    .addHelpText("after", examples("relay", "relay --config relay.config.ts --json"))
    .action((options) => end(relay(options, terminal)));

  addQueue(program, "outbox", run);
  addQueue(program, "inbox", run);
  addDeadLetters(program, run);
  await program.parseAsync(args, { from: "user" });
  return exitCode;
}

function readVersion(): string {
  const manifest = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
