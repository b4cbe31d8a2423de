import type { QueueState } from "../../queue/queue-row.js";
import type { QueueDesk, RowFilter } from "../../queue/queue-store.js";
import { type ExitCode, exitCodes } from "../exit-code.js";
import { type QueueName, type SourceOptions, withDesk } from "../open-source.js";
import type { Terminal } from "../output/terminal.js";

export interface ChangeOptions extends SourceOptions {
  readonly topic?: string | undefined;
  readonly yes?: true | undefined;
  readonly json?: true | undefined;
}

interface Choice {
  readonly queue: QueueName;
  readonly state: QueueState;
  /** Without any, all that fit otherwise. */
  readonly messageIds: readonly string[];
}

/** Makes dead letters pending again. */
export function replay(
  choice: Omit<Choice, "state">,
  options: ChangeOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const change = (desk: QueueDesk, filter: RowFilter) => desk.replay({ ...filter, state: "dead" });
  return changeRows({ ...choice, state: "dead" }, options, terminal, ["replay", "replayed", change]);
}

/** Deletes rows for good. */
export function discard(choice: Choice, options: ChangeOptions, terminal: Terminal): Promise<ExitCode> {
  const change = (desk: QueueDesk, filter: RowFilter) => desk.discard(filter);
  return changeRows(choice, options, terminal, ["discard", "discarded", change]);
}

/** Says how many rows it would change; with `yes`, changes them. */
async function changeRows(
  { queue, state, messageIds }: Choice,
  { topic, yes, json, ...source }: ChangeOptions,
  terminal: Terminal,
  [verb, done, change]: readonly [string, string, (desk: QueueDesk, filter: RowFilter) => Promise<number>],
): Promise<ExitCode> {
  const ids = messageIds.length > 0 ? [...new Set(messageIds)] : undefined;
  const filter: RowFilter = { state, topic, messageIds: ids };
  return withDesk(queue, source, async (desk) => {
    const matched = await desk.count(filter);
    const changed = yes && matched > 0 ? await change(desk, filter) : 0;
    if (json) await terminal.printJson({ matched, [done]: changed });
    const rows = `${state} ${matched === 1 ? "row" : "rows"} of the ${queue}`;
    if (matched === 0) terminal.say(`No ${state} row of the ${queue} matches; nothing was changed.`);
    else if (yes) terminal.say(`${changed} ${rows} ${done}.`);
    else terminal.say(`Would ${verb} ${matched} ${rows}. Nothing was changed; add --yes to do it.`);
    return matched === 0 ? exitCodes.noMatch : exitCodes.done;
  });
}
