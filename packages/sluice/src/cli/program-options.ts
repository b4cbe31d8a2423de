import { type Command, Option, type OptionValues } from "@commander-js/extra-typings";
import type { ExitCode } from "./exit-code.js";
import type { Terminal } from "./output/terminal.js";
import { wholeNumber } from "./output/whole-number.js";

/** What the commands of a program share. */
export interface Run {
  readonly terminal: Terminal;
  /** Takes the exit code of the command that runs. */
  readonly end: (result: Promise<ExitCode>) => Promise<void>;
}

/** @internal */
export function withConfigOption<
  Args extends unknown[],
  Options extends OptionValues,
  Outer extends OptionValues,
>(command: Command<Args, Options, Outer>) {
  return command
    .option("--config <file>", "a config other than the one in this folder")
    .option("--json", "print JSON");
}

/** @internal */
export function withSource<Args extends unknown[], Options extends OptionValues, Outer extends OptionValues>(
  command: Command<Args, Options, Outer>,
) {
  const choosing = command.addOption(
    new Option("--database <url>", "postgres://…, mysql://… or sqlite:path; needs no config").conflicts(
      "config",
    ),
  );
  return withConfigOption(choosing);
}

/** @internal */
export function limitOption() {
  return new Option("--limit <n>", "how many at most")
    .argParser(wholeNumber("--limit", 1, 1_000_000))
    .default(50);
}

/** @internal */
export const yesOption = () => new Option("--yes", "do it, instead of saying what would be done");

/** Nobody deletes all by leaving something out, nor some with `--all`. */
export function isChoice(
  ids: readonly string[],
  filters: readonly (string | undefined)[],
  all: true | undefined,
): boolean {
  const isSome = ids.length > 0 || filters.some((filter) => filter !== undefined);
  return isSome !== (all ?? false);
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ sluice ${line}\n`).join("")}`;
}
