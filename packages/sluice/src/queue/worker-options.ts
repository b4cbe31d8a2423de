import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { consoleLogger, guardLogger, type Logger } from "../handlers/logger.js";
import type { WorkerReport } from "./worker-report.js";

/** What whoever serves a queue may set. */
export interface WorkerOptions {
  /**
   * For logs and reports; no two workers alive have the same.
   * @default a new one
   */
  readonly name?: string | undefined;
  /**
   * How many rows are delivered at once. From 1 to 10,000. As many as all lanes take, and four batches at least, are read
   * ahead of that: a payload of a megabyte asks for small batches.
   * @default 1_000
   */
  readonly batchSize?: number | undefined;
  /**
   * How many batches are under way at the same moment at most, each with keys of its own. From 1 to 64. It hides the
   * latency of what they are delivered to: where that is far quicker than writing down, one is under way; a store with one bucket (SQLite) has one batch at a time whatever is set.
   * @default 4
   */
  readonly lanes?: number | undefined;
  /**
   * How long it is left in peace after it was killed or frozen, before others take its rows; milliseconds from 500 up.
   * @default 10_000
   */
  readonly leaseMs?: number | undefined;
  /**
   * How long an idle worker waits before it looks again, in milliseconds from 10 up. What is added through the same
   * outbox or inbox object is seen at once; what others add, on another thread or with a pool of their own, is not.
   * @default 500
   */
  readonly pollMs?: number | undefined;
  /**
   * After so many tries a row is a dead letter, unless its destination has taken nothing else since the row failed
   * first, nor in the last minute: then the destination is at fault, and the row is tried on (rule O4). From 1 up. So
   * that an outage fills no dead letters, let all tries take longer than a minute; the default takes some eight.
   * @default 10
   */
  readonly maxAttempts?: number | undefined;
  /**
   * The wait after the first failure, in milliseconds from 1 up. It doubles with each further one, and is between half
   * of that and all of it.
   * @default 1_000
   */
  readonly retryMs?: number | undefined;
  /**
   * The longest wait between two tries, in milliseconds.
   * @default 300_000
   */
  readonly maxRetryMs?: number | undefined;
  /**
   * How long `close()` waits for what is being delivered before it aborts that, in milliseconds from 0 up.
   * @default 10_000
   */
  readonly closeTimeoutMs?: number | undefined;
  /** Told how it goes, each `reportMs`. */
  readonly onReport?: ((report: WorkerReport) => void) | undefined;
  /**
   * Milliseconds from 100 up.
   * @default 10_000
   */
  readonly reportMs?: number | undefined;
  /**
   * Rows that are kept when they are done are deleted after so many milliseconds.
   * @default 604_800_000, a week
   */
  readonly retentionMs?: number | undefined;
  /** @default console */
  readonly logger?: Logger | undefined;
}

export type WorkerSettings = {
  readonly [Option in keyof Omit<WorkerOptions, "onReport">]-?: Exclude<WorkerOptions[Option], undefined>;
} & Pick<WorkerOptions, "onReport">;

const most = Number.MAX_SAFE_INTEGER;

/** Checks what was given and fills in the rest. */
export function workerSettings(kind: string, options: WorkerOptions): WorkerSettings {
  const number = (name: keyof WorkerOptions, otherwise: number, least: number, greatest = most): number => {
    const given = options[name] ?? otherwise;
    if (typeof given === "number" && given >= least && given <= greatest) return given;
    const range = greatest === most ? `from ${least} up` : `from ${least} to ${greatest}`;
    throw new InvalidOptionError(`${kind} ${name}`, given, `a number ${range}`);
  };
  const whole = (...[name, ...range]: Parameters<typeof number>): number =>
    Math.trunc(number(name, ...range));
  const { onReport } = options;
  const name = options.name ?? `${kind}-${crypto.randomUUID().slice(0, 8)}`;
  if (typeof name !== "string" || !/^[^\p{Cc}]{1,200}$/u.test(name))
    throw new InvalidOptionError(
      `${kind} name`,
      name,
      "a text of 1 to 200 characters without control characters",
    );
  if (onReport !== undefined && typeof onReport !== "function")
    throw new InvalidOptionError(`${kind} onReport`, onReport, "a function");
  const logger = guardLogger(options.logger ?? consoleLogger);
  const settings: WorkerSettings = {
    name,
    batchSize: whole("batchSize", 1_000, 1, 10_000),
    lanes: whole("lanes", 4, 1, 64),
    leaseMs: number("leaseMs", 10_000, 500),
    pollMs: number("pollMs", 500, 10),
    maxAttempts: whole("maxAttempts", 10, 1),
    retryMs: number("retryMs", 1_000, 1),
    maxRetryMs: number("maxRetryMs", Math.max(300_000, options.retryMs ?? 0), options.retryMs ?? 1_000),
    closeTimeoutMs: number("closeTimeoutMs", 10_000, 0),
    reportMs: number("reportMs", 10_000, 100),
    retentionMs: number("retentionMs", 604_800_000, 0),
    onReport,
    logger,
  };
  if (settings.retentionMs < settings.maxRetryMs) {
    const { retentionMs, maxRetryMs } = settings;
    const what = `${name} deletes what is done after ${retentionMs} ms, which is shorter than its longest wait for another try, ${maxRetryMs} ms: a message that comes again may not be known any more.`;
    logger.warn({ worker: name, retentionMs, maxRetryMs }, what);
  }
  return settings;
}
