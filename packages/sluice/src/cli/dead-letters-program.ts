import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import { changeDeadLetters } from "./commands/change-dead-letters.js";
import { listDeadLetters } from "./commands/list-dead-letters.js";
import { showDeadLetter } from "./commands/show-dead-letter.js";
import type { DeadLetterSource } from "./open-dead-letters.js";
import type { ChangeVerb } from "./output/report-change.js";
import { examples, isChoice, limitOption, type Run, withConfigOption, yesOption } from "./program-options.js";

const name = "dead-letters";

/** @internal Adds the commands for what consumers gave up on. */
export function addDeadLetters(program: Command, { terminal, end }: Run): void {
  const parent = program
    .command(name)
    .description("Show what consumers gave up on and the broker of the config keeps, and mend it.")
    .addHelpText(
      "after",
      examples(`${name} list --group inventory`, `${name} replay --group inventory --all --yes`),
    );

  const listing = withFilter(parent.command("list"))
    .description("Show dead letters, the oldest first; with --json one on each line, with its payload.")
    .addOption(limitOption());
  withQueue(listing)
    .addHelpText(
      "after",
      examples(
        `${name} list --group inventory --topic orders`,
        `${name} list --queue failed --limit 1000000 --json > dead.jsonl`,
      ),
    )
    .action((options, command) => {
      if (!isNamed(options)) command.error(noQueue);
      return end(listDeadLetters(options, terminal));
    });

  withQueue(parent.command("show <id>"))
    .description("Show all of one dead letter, with its headers and its payload.")
    .addHelpText("after", examples(`${name} show 7 --group inventory`))
    .action((id, options, command) => {
      if (!isNamed(options)) command.error(noQueue);
      return end(showDeadLetter(id, options, terminal));
    });

  addChange("replay", "Publish them again where they came from, for the group that gave them up");
  addChange("discard", "Delete them for good");

  function addChange(verb: ChangeVerb, what: string): void {
    const choosing = withFilter(parent.command(`${verb} [ids...]`))
      .description(`${what}: some by their ids, those of a topic or a reason, or all.`)
      .option("--all", "all dead letters")
      .addOption(yesOption());
    withQueue(choosing)
      .addHelpText(
        "after",
        examples(`${name} ${verb} 7 8 --group inventory`, `${name} ${verb} --all --group inventory --yes`),
      )
      .action((ids, { all, ...options }, command) => {
        if (!isNamed(options)) command.error(noQueue);
        if (!isChoice(ids, [options.topic, options.reason], all)) command.error(noChoice);
        return end(changeDeadLetters(verb, ids, options, terminal));
      });
  }
}

function withFilter<Args extends unknown[], Options extends OptionValues, Outer extends OptionValues>(
  command: Command<Args, Options, Outer>,
) {
  return command
    .option("--topic <topic>", "only what came from this topic")
    .option("--reason <code>", "only what was given up with this error code");
}

function withQueue<Args extends unknown[], Options extends OptionValues, Outer extends OptionValues>(
  command: Command<Args, Options, Outer>,
) {
  const naming = command
    .addOption(
      new Option("--queue <name>", "the queue that a consumer's deadLetter names").conflicts("group"),
    )
    .option("--group <group>", "the consumer group, where its queue is <group>.dead-letters");
  return withConfigOption(naming);
}

const noQueue =
  "error: say whose dead letters: by --group <group> of the consumer, or by --queue <name>, its deadLetter";

const noChoice =
  "error: say which dead letters: by ids, by --topic <topic> or --reason <code>, or --all of them";

function isNamed({ queue, group }: DeadLetterSource): boolean {
  return Boolean(queue || group);
}
