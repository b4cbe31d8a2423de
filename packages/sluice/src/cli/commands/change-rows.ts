import type { QueueState } from "../../queue/queue-row.js";
import type { QueueDesk, RowFilter } from "../../queue/queue-store.js";
import type { ExitCode } from "../exit-code.js";
import { type QueueName, type SourceOptions, withDesk } from "../open-source.js";
import { type ChangeVerb, reportChange } from "../output/report-change.js";
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
  return changeRows({ ...choice, state: "dead" }, options, terminal, ["replay", change]);
}

/** Deletes rows for good. */
export function discard(choice: Choice, options: ChangeOptions, terminal: Terminal): Promise<ExitCode> {
  const change = (desk: QueueDesk, filter: RowFilter) => desk.discard(filter);
  return changeRows(choice, options, terminal, ["discard", change]);
}

/** Says how many rows it would change; with `yes`, changes them. */
async function changeRows(
  { queue, state, messageIds }: Choice,
  { topic, yes, json, ...source }: ChangeOptions,
  terminal: Terminal,
  [verb, change]: readonly [ChangeVerb, (desk: QueueDesk, filter: RowFilter) => Promise<number>],
): Promise<ExitCode> {
  const ids = messageIds.length > 0 ? [...new Set(messageIds)] : undefined;
  const filter: RowFilter = { state, topic, messageIds: ids };
  return withDesk(queue, source, async (desk) => {
    const matched = await desk.count(filter);
    const changed = yes && matched > 0 ? await change(desk, filter) : 0;
    const words = { verb, one: `${state} row of the ${queue}`, many: `${state} rows of the ${queue}` };
    return reportChange({ ...words, matched, changed }, { yes, json }, terminal);
  });
}
