import { stdout } from "node:process";
import progress from "cli-progress";
import { EntryCount } from "../files/entry-count.js";
import type { IndexedFile, UnreadFile } from "../files/read-entry.js";
import type { Job } from "../index-folder.js";
import { formatCount } from "./format.js";
import { print } from "./print.js";
import { formatFile, type Reporter } from "./reporters.js";
import { formatSummary, type Summary } from "./summary.js";

const mostFailures = 10;

/** On a terminal: a bar with the rate and the time left; at the end what could not be read, and the summary. */
export class ProgressReporter implements Reporter, Disposable {
  readonly #bar = new progress.SingleBar(
    {
      stream: stdout,
      linewrap: true,
      emptyOnZero: true,
      format: (options, { progress: done, value, total, startTime }) => {
        const rate = (value / Math.max(Date.now() - startTime, 1)) * 1000;
        const left = !this.#count.isComplete
          ? "counting"
          : value > 0
            ? `${formatSeconds((total - value) / rate)} left`
            : "";
        const bar = progress.Format.BarFormat(done, options);
        return `${bar} ${formatCount(value)} of ${formatCount(total)} | ${formatCount(rate)}/s | ${left}`;
      },
    },
    progress.Presets.shades_classic,
  );
  readonly #failed: UnreadFile[] = [];
  readonly #count: EntryCount;

  constructor({ folder, places, signal }: Pick<Job, "folder" | "places" | "signal">) {
    this.#count = new EntryCount(folder, places.own, signal);
    this.#bar.start(0, 0);
  }

  file(file: IndexedFile | UnreadFile): void {
    this.#bar.setTotal(this.#count.total);
    this.#bar.increment();
    if (file.status === "failed" && this.#failed.length < mostFailures) this.#failed.push(file);
  }

  async end(summary: Summary): Promise<void> {
    this[Symbol.dispose]();
    for (const file of this.#failed) await print(formatFile(file));
    await print(`\n${formatSummary(summary)}`);
  }

  [Symbol.dispose](): void {
    this.#bar.stop();
  }
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
