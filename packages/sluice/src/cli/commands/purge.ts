import { type ExitCode, exitCodes } from "../exit-code.js";
import { type QueueName, type SourceOptions, withDesk } from "../open-source.js";
import { parseDuration } from "../output/duration.js";
import type { Terminal } from "../output/terminal.js";

interface PurgeOptions extends SourceOptions {
  readonly olderThan: string;
  readonly yes?: true | undefined;
  readonly json?: true | undefined;
}

/** How many rows are deleted in one transaction, so that none of them is long. */
const batchSize = 1_000;

/** Says how much is old; with `yes`, deletes it (rule O6). */
export async function purge(queue: QueueName, options: PurgeOptions, terminal: Terminal): Promise<ExitCode> {
  const { olderThan, yes, json, ...source } = options;
  const olderThanMs = parseDuration("--older-than", olderThan);
  return withDesk(queue, source, async (desk) => {
    const matched = await desk.countPurgeable(olderThanMs);
    let purged = 0;
    for (let batch = batchSize; yes && batch === batchSize; purged += batch)
      batch = await desk.purge({ olderThanMs, limit: batchSize });
    if (json) await terminal.printJson({ matched, purged });
    const what = `done for more than ${olderThan}`;
    if (yes) terminal.say(`Purged of the ${queue} what was ${what}: ${purged}.`);
    else
      terminal.say(
        `Would purge of the ${queue} what was ${what}: ${matched}. Nothing was changed; add --yes to do it.`,
      );
    return exitCodes.done;
  });
}
