import { formatCount, formatFiles } from "../report/format.js";
import type { Run, RunState } from "./run.js";

/** Nothing came for so long: the connection is slow, or the server is busy. */
const slowMs = 3000;

/** How a run is going, in a sentence; "slow" is a run without news. */
export function stateOf(run: Run): { state: RunState | "slow"; text: string } {
  const { state, seen, seconds } = run;
  const silence = performance.now() - run.newsAt;
  const files = formatFiles(seen.files);
  const where = run.folder || "everything";
  switch (state) {
    case "running":
      if (silence > slowMs) {
        const text = `Slow connection: no news for ${Math.floor(silence / 1000)} s. ${files} so far.`;
        return { state: "slow", text };
      }
      return { state, text: `Indexing ${where}: ${formatCount(seen.files)} of ${total(run)}${left(run)}` };
    case "done":
      if (seen.files === 0) return { state, text: `There is nothing to index in ${where}: it is empty.` };
      return { state, text: `Done: ${files} in ${formatSeconds(seconds)}. All of it can be searched.` };
    case "stopped":
      return { state, text: `Stopped after ${files}, which are in the index.` };
    case "lost":
      return { state, text: `Connection lost after ${files}, which are in the index. ${run.reason}` };
    case "failed":
      return { state, text: `Failed after ${files}: ${run.reason}` };
  }
}

function total({ progress }: Run): string {
  if (progress === undefined) return "…";
  return progress.isCounted ? formatFiles(progress.total) : `${formatCount(progress.total)} or more files`;
}

function left({ progress, seen, seconds }: Run): string {
  if (!progress?.isCounted || seen.files === 0) return "";
  const rest = ((progress.total - seen.files) * seconds) / seen.files;
  return `, about ${formatSeconds(Math.max(rest, 1))} left`;
}

export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
