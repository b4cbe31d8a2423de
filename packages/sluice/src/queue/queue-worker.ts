import { backoff } from "../resilience/backoff.js";
import { Change } from "./change.js";
import type { Deliverer, FailedRow } from "./deliverer.js";
import { LeaseKeeper } from "./lease-keeper.js";
import { LookTimes } from "./look-times.js";
import { nextTurn } from "./next-turn.js";
import { Pace } from "./pace.js";
import { Prefetch } from "./prefetch.js";
import type { QueueRow } from "./queue-row.js";
import type { Lease, QueueStore, RowFailure, Worker } from "./queue-store.js";
import { Reader } from "./reader.js";
import { Reporter } from "./reporter.js";
import { WaitingKeys } from "./waiting-keys.js";
import type { WorkerSettings } from "./worker-options.js";

/** For how long it may work before the event loop gets a turn. */
const turnMs = 10;

/**
 * Serves a queue: reads rows of the buckets that it holds, has them delivered, and writes down what became of them
 * (rules O2 to O6). No transaction is open meanwhile.
 */
export class QueueWorker {
  readonly #store: QueueStore;
  readonly #deliverer: Deliverer;
  readonly #settings: WorkerSettings;
  readonly #leases: LeaseKeeper;
  readonly #reporter: Reporter;
  readonly #waiting = new WaitingKeys();
  readonly #change = new Change();
  readonly #lanes = new Set<Promise<void>>();
  readonly #aborting = new AbortController();
  readonly #stops: (() => unknown)[] = [];
  readonly #prefetch = new Prefetch();
  readonly #pace = new Pace();
  readonly #reader: Reader;
  readonly #looks: LookTimes;
  #reading: Promise<void> | undefined;
  #isClosing = false;
  /** What does not work at the moment, and was told of. */
  readonly #failing = new Set<string>();
  #feeding: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(store: QueueStore, deliverer: Deliverer, settings: WorkerSettings) {
    this.#store = store;
    this.#deliverer = deliverer;
    this.#settings = settings;
    this.#looks = new LookTimes(settings.pollMs);
    const { name, leaseMs, logger } = settings;
    const worker: Worker = { name, token: crypto.randomUUID(), leaseMs };
    const { leases, buckets } = store;
    this.#leases = new LeaseKeeper({
      leases,
      buckets,
      worker,
      logger,
      learn: (gained) => this.#learn(gained),
      onGained: () => this.#lookSoon(),
    });
    const { lanes, batchSize } = settings;
    const reading = { store, lanes, batchSize, leases: this.#leases, waiting: this.#waiting, deliverer };
    this.#reader = new Reader(this.#prefetch, reading);
    this.#reporter = new Reporter(store.desk, settings, () => ({
      buckets: this.#leases.held,
      pausedTopics: deliverer.paused().topics,
    }));
  }

  /** Joins the others that serve this queue, and begins. Rejects when it cannot. */
  async start(): Promise<this> {
    await this.#leases.start();
    const { wakeUp, listen } = this.#store;
    this.#stops.push(wakeUp.subscribe(() => this.#lookSoon()));
    if (listen) this.#stops.push(await listen.call(this.#store, () => this.#lookSoon()));
    this.#reporter.start();
    this.#feeding = this.#feed();
    return this;
  }

  /** Reads nothing more, waits for what is being delivered, then gives its buckets back. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#isClosing = true;
    this.#change.notify();
    const { closeTimeoutMs } = this.#settings;
    const timer = setTimeout(() => this.#aborting.abort(), closeTimeoutMs);
    await this.#feeding;
    await Promise.all(this.#lanes);
    clearTimeout(timer);
    await Promise.all(this.#stops.map((stop) => stop()));
    await this.#reporter.close();
    await this.#leases.close();
  }

  #lookSoon(): void {
    this.#looks.ask();
    this.#change.notify();
  }

  async #learn(gained: readonly Lease[]): Promise<void> {
    for (const { keyHash, ms } of await this.#store.rows.waiting(gained)) this.#waiting.wait(keyHash, ms);
  }

  async #feed(): Promise<void> {
    for (let turnAt = performance.now(); !this.#isClosing; ) {
      // A store and a broker that answer at once would keep heartbeats and the rest of the process waiting.
      if (performance.now() - turnAt > turnMs) {
        await nextTurn();
        turnAt = performance.now();
      }
      this.#fillLanes();
      const leases = this.#reading === undefined ? this.#readable() : [];
      const waitMs = leases.length === 0 ? this.#settings.pollMs : this.#looks.inMs;
      if (waitMs <= 0) this.#reading = this.#read(leases);
      else if (await this.#change.wait(waitMs)) turnAt = performance.now();
    }
    await this.#reading;
  }

  get #mostLanes(): number {
    return this.#pace.isDeliveryQuick ? 1 : this.#settings.lanes;
  }

  #readable(): readonly Lease[] {
    return this.#reader.readable(this.#lanes.size < this.#mostLanes);
  }

  async #read(leases: readonly Lease[]): Promise<void> {
    let isMore = false;
    this.#looks.begin();
    try {
      isMore = await this.#reader.read(leases);
      this.#failing.delete("read rows");
    } catch (error) {
      this.#report("read rows", error);
    }
    this.#looks.end(isMore, Math.min(this.#waiting.nextInMs(), this.#deliverer.paused().nextInMs));
    this.#reading = undefined;
    this.#change.notify();
  }

  #fillLanes(): void {
    const { batchSize: limit } = this.#settings;
    while (this.#lanes.size < this.#mostLanes && this.#prefetch.size > 0) {
      const { rows, leases } = this.#prefetch.take({
        limit,
        holds: (lease) => this.#leases.holds(lease),
        isBusy: (bucket) => this.#leases.isBusy(bucket),
        isSpread: this.#mostLanes > 1,
      });
      if (rows.length === 0) return;
      this.#serve(rows, leases);
    }
  }

  #serve(rows: readonly QueueRow[], leases: readonly Lease[]): void {
    const buckets = leases.map(({ bucket }) => bucket);
    for (const bucket of buckets) this.#leases.occupy(bucket);
    const lane = this.#deliver(rows, leases)
      .then((left) => {
        this.#prefetch.forgetBehind(left);
        return this.#leases.vacate(buckets);
      })
      .finally(() => {
        this.#lanes.delete(lane);
        this.#change.notify();
      });
    this.#lanes.add(lane);
  }

  /** Gives the rows that are still to be delivered. */
  async #deliver(rows: readonly QueueRow[], leases: readonly Lease[]): Promise<readonly QueueRow[]> {
    // Whoever was frozen since it read must not send what others have sent meanwhile (rule O3).
    const alive = leases.filter((lease) => this.#leases.holds(lease));
    const own =
      alive.length === leases.length
        ? rows
        : rows.filter((row) => alive.some((it) => it.bucket === row.bucket));
    if (own.length === 0) return rows;
    const start = performance.now();
    const { done, marked = [], failed } = await this.#deliverer.deliver(own, alive, this.#aborting.signal);
    const deliveryMs = performance.now() - start;
    const failures = failed.map((failure) => this.#failureOf(failure));
    await this.#writeDown(
      alive,
      done.map(({ id }) => id),
      failures,
    );
    this.#pace.note(deliveryMs, performance.now() - start - deliveryMs);
    this.#reporter.count(done.length + marked.length, failures);
    if (done.length + marked.length === rows.length) return [];
    const over = new Set([...done, ...marked].map(({ id }) => id));
    for (const { id, retryInMs } of failures) if (retryInMs === undefined) over.add(id);
    return rows.filter(({ id }) => !over.has(id));
  }

  async #writeDown(
    leases: readonly Lease[],
    ids: readonly number[],
    failures: readonly RowFailure[],
  ): Promise<void> {
    const { rows } = this.#store;
    if (ids.length > 0 && failures.length > 0 && rows.settle)
      return this.#write("write down what is done and what failed", leases, async () => {
        await rows.settle?.(leases, ids, failures);
      });
    await this.#write("mark rows as done", leases, async () => {
      if (ids.length > 0) await rows.complete(leases, ids);
    });
    await this.#write("write down what failed", leases, async () => {
      if (failures.length > 0) await rows.fail(leases, failures);
    });
  }

  #failureOf({ row, error, blame }: FailedRow): RowFailure {
    const { maxAttempts, retryMs, maxRetryMs, logger, name } = this.#settings;
    const attempts = row.attempts + 1;
    const isDead = blame === "final" || (blame === "message" && attempts >= maxAttempts);
    const retryInMs = isDead ? undefined : backoff(attempts, { baseMs: retryMs, maxMs: maxRetryMs });
    if (retryInMs !== undefined) this.#waiting.wait(row.keyHash, retryInMs);
    const what = isDead ? "it is a dead letter" : `its next try is in ${retryInMs} ms`;
    const details = {
      worker: name,
      messageId: row.messageId,
      message: row.name,
      topic: row.topic,
      attempts,
      error,
    };
    logger[isDead ? "error" : "warn"](
      details,
      `${row.name} ${row.messageId} failed ${attempts} times; ${what}.`,
    );
    return { id: row.id, attempts, error: textOf(error), retryInMs };
  }

  /** What was delivered must be written down, or it is delivered again: so it is tried as long as the leases hold. */
  async #write(what: string, leases: readonly Lease[], body: () => Promise<void>): Promise<void> {
    for (let waitMs = 20; ; waitMs = Math.min(1_000, waitMs * 2)) {
      try {
        await body();
        this.#failing.delete(what);
        return;
      } catch (error) {
        this.#report(what, error);
        if (!leases.some((lease) => this.#leases.holds(lease))) return;
        await new Change().wait(waitMs);
      }
    }
  }

  #report(what: string, error: unknown): void {
    const { name, logger } = this.#settings;
    if (!this.#failing.has(what))
      logger.error({ worker: name, error }, `${name} cannot ${what}; it goes on trying.`);
    this.#failing.add(what);
  }
}

const longestError = 2_000;

function textOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  // A NUL is no text to PostgreSQL.
  return text.replaceAll("\0", "\\0").slice(0, longestError);
}
