import type { QueueDesk, RowFailure } from "./queue-store.js";
import type { WorkerSettings } from "./worker-options.js";
import type { WorkerReport } from "./worker-report.js";

const purgeLimit = 1_000;

/** Counts what a worker does, tells of it from time to time, and deletes what is too old (rule O6). */
export class Reporter {
  readonly #desk: QueueDesk;
  readonly #settings: WorkerSettings;
  readonly #state: () => Pick<WorkerReport, "buckets" | "pausedTopics">;
  #delivered = 0;
  #failed = 0;
  #died = 0;
  #since = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    desk: QueueDesk,
    settings: WorkerSettings,
    state: () => Pick<WorkerReport, "buckets" | "pausedTopics">,
  ) {
    this.#desk = desk;
    this.#settings = settings;
    this.#state = state;
  }

  count(delivered: number, failures: readonly RowFailure[]): void {
    this.#delivered += delivered;
    this.#failed += failures.length;
    for (const { retryInMs } of failures) if (retryInMs === undefined) this.#died++;
  }

  start(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#working = this.#round().finally(() => this.start());
    }, this.#settings.reportMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  async #round(): Promise<void> {
    const { name, logger, onReport } = this.#settings;
    try {
      await this.#purge();
      if (onReport) onReport(await this.#report());
    } catch (error) {
      logger.error(
        { worker: name, error },
        `${name} cannot report or purge; it tries again at the next report.`,
      );
    }
  }

  async #purge(): Promise<void> {
    const olderThanMs = this.#settings.retentionMs;
    while (!this.#isClosed && (await this.#desk.purge({ olderThanMs, limit: purgeLimit })) === purgeLimit);
  }

  async #report(): Promise<WorkerReport> {
    const { workers: _, ...stats } = await this.#desk.stats();
    const [delivered, failed, died] = [this.#delivered, this.#failed, this.#died];
    const now = performance.now();
    const ratePerSecond = (delivered * 1_000) / Math.max(1, now - this.#since);
    this.#delivered = this.#failed = this.#died = 0;
    this.#since = now;
    return {
      worker: this.#settings.name,
      ...this.#state(),
      ...stats,
      delivered,
      failed,
      died,
      ratePerSecond,
    };
  }
}
