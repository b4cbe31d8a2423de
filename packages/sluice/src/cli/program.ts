import { readFileSync } from "node:fs";
import { Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { discard, replay } from "./commands/change-rows.js";
import { list } from "./commands/list.js";
import { migrate } from "./commands/migrate.js";
import { purge } from "./commands/purge.js";
import { relay } from "./commands/relay.js";
import { show } from "./commands/show.js";
import { stats } from "./commands/stats.js";
import { type ExitCode, exitCodes } from "./exit-code.js";
import type { QueueName } from "./open-source.js";
import type { Terminal } from "./output/terminal.js";
import { wholeNumber } from "./output/whole-number.js";

const about = `
Each command finds its database by --database <url>, by --config <file>, or by
sluice.config.ts, .mts, .js or .mjs in the current folder.

Exit codes: 0 fine; 1 failed; 2 called in a wrong way, the config included;
3 nothing matched.`;

const someId = "0193a1f5-7f0e-7cc2-b0a4-2f3c6d1e8a55";

/** Does what the arguments of the `sluice` command say; gives its exit code. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const end = async (result: Promise<ExitCode>): Promise<void> => {
    exitCode = await result;
  };
  const program = new Command("sluice")
    .description("Looks after the outbox and the inbox of Sluice, and runs the relay.")
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

  addQueue("outbox");
  addQueue("inbox");
  await program.parseAsync(args, { from: "user" });
  return exitCode;

  function addQueue(queue: QueueName): void {
    const parent = program
      .command(queue)
      .description(`Show the rows of the ${queue}, and mend them.`)
      .addHelpText(
        "after",
        examples(`${queue} stats`, `${queue} list --state dead`, `${queue} replay --all --yes`),
      );

    withSource(parent.command("stats"))
      .description("Show how many rows there are, the age of the oldest, and who serves them.")
      .addHelpText("after", examples(`${queue} stats`, `${queue} stats --json | jq .dead`))
      .action((options) => end(stats(queue, options, terminal)));

    const listing = parent
      .command("list")
      .description("Show rows, the oldest first; with --json one on each line, with its payload.")
      .addOption(state("pending"))
      .option("--topic <topic>", "only rows of this topic")
      .option("--limit <n>", "how many at most", wholeNumber("--limit", 1, 1_000_000), 50);
    withSource(listing)
      .addHelpText(
        "after",
        examples(
          `${queue} list --state dead`,
          `${queue} list --state dead --limit 1000000 --json > dead.jsonl`,
        ),
      )
      .action((options) => end(list(queue, options, terminal)));

    withSource(parent.command("show <id>"))
      .description("Show all of one message, with its payload; with --json each of its rows on a line.")
      .addHelpText("after", examples(`${queue} show ${someId}`))
      .action((id, options) => end(show(queue, id, options, terminal)));

    withChoice(parent.command("replay [ids...]"))
      .description(
        "Make dead letters pending again, with no tries: some by their message ids, those of a topic, or all.",
      )
      .addHelpText(
        "after",
        examples(`${queue} replay --topic orders`, `${queue} replay --topic orders --yes`),
      )
      .action((messageIds, { all, ...options }, command) => {
        if (!isChoice(messageIds, options.topic, all)) command.error(noChoice);
        return end(replay({ queue, messageIds }, options, terminal));
      });

    withChoice(parent.command("discard [ids...]").addOption(state("dead")))
      .description("Delete rows for good: some by their message ids, those of a topic, or all of a state.")
      .addHelpText("after", examples(`${queue} discard ${someId} --yes`))
      .action((messageIds, { all, state, ...options }, command) => {
        if (!isChoice(messageIds, options.topic, all)) command.error(noChoice);
        return end(discard({ queue, messageIds, state }, options, terminal));
      });

    const purging = parent
      .command("purge")
      .description("Delete what has been done for long.")
      .option("--older-than <duration>", "for how long: 30s, 15m, 12h, 30d", "7d")
      .option("--yes", "do it, instead of saying what would be done");
    withSource(purging)
      .addHelpText("after", examples(`${queue} purge --older-than 30d --yes`))
      .action((options) => end(purge(queue, options, terminal)));
  }
}

function withChoice<Args extends unknown[], Options extends OptionValues, Outer extends OptionValues>(
  command: Command<Args, Options, Outer>,
) {
  const choosing = command
    .option("--topic <topic>", "only rows of this topic")
    .option("--all", "all rows")
    .option("--yes", "do it, instead of saying what would be done");
  return withSource(choosing);
}

function withSource<Args extends unknown[], Options extends OptionValues, Outer extends OptionValues>(
  command: Command<Args, Options, Outer>,
) {
  return command
    .addOption(
      new Option("--database <url>", "postgres://…, mysql://… or sqlite:path; needs no config").conflicts(
        "config",
      ),
    )
    .option("--config <file>", "a config other than the one in this folder")
    .option("--json", "print JSON");
}

const noChoice = "error: say which rows: by message ids, by --topic <topic>, or --all of them";

/** Nobody deletes all rows by leaving something out, nor some of them with `--all`. */
function isChoice(messageIds: readonly string[], topic: string | undefined, all: true | undefined): boolean {
  const isSome = messageIds.length > 0 || topic !== undefined;
  return isSome !== (all ?? false);
}

function state<Default extends "pending" | "dead">(otherwise: Default) {
  return new Option("--state <state>", "which rows")
    .choices(["pending", "done", "dead"] as const)
    .default(otherwise);
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ sluice ${line}\n`).join("")}`;
}

function readVersion(): string {
  const manifest = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
