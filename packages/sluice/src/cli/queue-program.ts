import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { discard, replay } from "./commands/change-rows.js";
import { list } from "./commands/list.js";
import { purge } from "./commands/purge.js";
import { show } from "./commands/show.js";
import { stats } from "./commands/stats.js";
import type { QueueName } from "./open-source.js";
import { examples, isChoice, limitOption, type Run, withSource, yesOption } from "./program-options.js";

const someId = "0193a1f5-7f0e-7cc2-b0a4-2f3c6d1e8a55";

/** @internal Adds the commands of the outbox, or of the inbox. */
export function addQueue(program: Command, queue: QueueName, { terminal, end }: Run): void {
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
    .addOption(limitOption());
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
    .addHelpText("after", examples(`${queue} replay --topic orders`, `${queue} replay --topic orders --yes`))
    .action((messageIds, { all, ...options }, command) => {
      if (!isChoice(messageIds, [options.topic], all)) command.error(noChoice);
      return end(replay({ queue, messageIds }, options, terminal));
    });

  withChoice(parent.command("discard [ids...]").addOption(state("dead")))
    .description("Delete rows for good: some by their message ids, those of a topic, or all of a state.")
    .addHelpText("after", examples(`${queue} discard ${someId} --yes`))
    .action((messageIds, { all, state, ...options }, command) => {
      if (!isChoice(messageIds, [options.topic], all)) command.error(noChoice);
      return end(discard({ queue, messageIds, state }, options, terminal));
    });

  const purging = parent
    .command("purge")
    .description("Delete what has been done for long.")
    .option("--older-than <duration>", "for how long: 30s, 15m, 12h, 30d", "7d")
    .addOption(yesOption());
  withSource(purging)
    .addHelpText("after", examples(`${queue} purge --older-than 30d --yes`))
    .action((options) => end(purge(queue, options, terminal)));
}

function withChoice<Args extends unknown[], Options extends OptionValues, Outer extends OptionValues>(
  command: Command<Args, Options, Outer>,
) {
  const choosing = command
    .option("--topic <topic>", "only rows of this topic")
    .option("--all", "all rows")
    .addOption(yesOption());
  return withSource(choosing);
}

const noChoice = "error: say which rows: by message ids, by --topic <topic>, or --all of them";

function state<Default extends "pending" | "dead">(otherwise: Default) {
  return new Option("--state <state>", "which rows")
    .choices(["pending", "done", "dead"] as const)
    .default(otherwise);
}
