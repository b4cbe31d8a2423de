import type { Logger } from "../../handlers/logger.js";
import type { WorkerReport } from "../../queue/worker-report.js";
import { formatDuration } from "./duration.js";

/** Logs reports in which something happened, or waits to happen. */
export function reportLine(logger: Logger): (report: WorkerReport) => void {
  return (report) => {
    const { worker, delivered, ratePerSecond, failed, died, pending, lagMs, dead, pausedTopics } = report;
    if (delivered + failed + died + pending === 0) return;
    const parts = [
      `${delivered} published (${Math.round(ratePerSecond)} a second)`,
      `${failed} failed`,
      `${pending} pending${pending > 0 ? `, the oldest for ${formatDuration(lagMs)}` : ""}`,
      `${dead} dead letters`,
    ];
    if (pausedTopics.length > 0) parts.push(`paused: ${pausedTopics.join(", ")}`);
    logger.info(report, `${worker}: ${parts.join("; ")}.`);
  };
}
