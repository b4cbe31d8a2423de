import { CommanderError } from "@commander-js/extra-typings";
import type { ErrorCode } from "../errors/codes.js";
import { reasonOf } from "../errors/reason.js";
import { SluiceError } from "../errors/sluice-error.js";
import { type ExitCode, exitCodes } from "./exit-code.js";
import type { Terminal } from "./output/terminal.js";

/** What the command line or the config must be changed for. */
const usageCodes: readonly ErrorCode[] = ["SLUICE_CONFIG", "SLUICE_DRIVER_MISSING", "SLUICE_INVALID_OPTION"];

/** Tells a person why a command failed; gives its exit code. */
export function explain(error: unknown, terminal: Terminal): ExitCode {
  // It has printed the help, the version, or what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (!(error instanceof SluiceError)) {
    terminal.complain(textOf(error));
    return exitCodes.failed;
  }
  terminal.complain(`${error.message} (${error.code})`);
  if (error.code === "SLUICE_CONFIG" && error.cause !== undefined) terminal.say(textOf(error.cause));
  return usageCodes.includes(error.code) ? exitCodes.usage : exitCodes.failed;
}

/** Errors of drivers and systems have a code, and speak for themselves; of others the place matters. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join("; ");
  const isKnown = error instanceof Error && "code" in error;
  return error instanceof Error && !isKnown && error.stack ? error.stack : reasonOf(error);
}
