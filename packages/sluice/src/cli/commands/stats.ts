import { type ExitCode, exitCodes } from "../exit-code.js";
import { type QueueName, type SourceOptions, withDesk } from "../open-source.js";
import { formatDuration } from "../output/duration.js";
import type { Terminal } from "../output/terminal.js";

interface StatsOptions extends SourceOptions {
  readonly json?: true | undefined;
}

/** Shows how a queue is, and who serves it. */
export async function stats(queue: QueueName, options: StatsOptions, terminal: Terminal): Promise<ExitCode> {
  const { workers, ...counts } = await withDesk(queue, options, (desk) => desk.stats());
  if (options.json) {
    await terminal.printJson({ ...counts, workers });
    return exitCodes.done;
  }
  const { pending, waiting, dead, done, lagMs } = counts;
  const columns = ["PENDING", "WAITING", "DEAD", "DONE", "OLDEST"];
  await terminal.printTable(
    columns.map((title) => ({ title, isNumber: true })),
    [[...[pending, waiting, dead, done].map(String), pending > 0 ? formatDuration(lagMs) : "-"]],
  );
  if (workers.length === 0) terminal.say(`Nobody serves the ${queue} at the moment.`);
  else {
    await terminal.print("");
    const serving = workers.map(({ name, buckets }) => [name, String(buckets)]);
    await terminal.printTable([{ title: "WORKER" }, { title: "BUCKETS", isNumber: true }], serving);
  }
  return exitCodes.done;
}
