import { type ExitCode, exitCodes } from "../exit-code.js";
import type { Terminal } from "./terminal.js";

export type ChangeVerb = "replay" | "discard";

export interface ChangeReport {
  readonly verb: ChangeVerb;
  /** What was meant to change: `dead row of the outbox`. */
  readonly one: string;
  readonly many: string;
  readonly matched: number;
  readonly changed: number;
}

/** Says what was changed; without `yes`, what would have been. */
export async function reportChange(
  { verb, one, many, matched, changed }: ChangeReport,
  { yes, json }: { readonly yes?: true | undefined; readonly json?: true | undefined },
  terminal: Terminal,
): Promise<ExitCode> {
  const done = `${verb}ed`;
  if (json) await terminal.printJson({ matched, [done]: changed });
  const those = matched === 1 ? one : many;
  if (matched === 0) {
    terminal.say(`No ${one} matches; nothing was changed.`);
    return exitCodes.noMatch;
  }
  if (yes) terminal.say(`${changed < matched ? `${changed} of ${matched}` : changed} ${those} ${done}.`);
  else terminal.say(`Would ${verb} ${matched} ${those}. Nothing was changed; add --yes to do it.`);
  return exitCodes.done;
}
