import { getEventListeners } from "node:events";
import type fc from "fast-check";
import type { EventPlan, Plan, WorkPlan } from "./schedule-plan.fixture.js";

/** What a schedule must not do; the first three are counted by themselves. */
export type ViolationKind =
  | "lost"
  | "duplicated"
  | "order"
  | "early"
  | "limit"
  | "finally"
  | "scope"
  | "result"
  | "ahead"
  | "abort"
  | "deadlock"
  | "left behind"
  | "rejection";

export interface Violation {
  readonly kind: ViolationKind;
  readonly what: string;
}

/** One event that was emitted, and what became of it at each of its handlers. */
export class Emission {
  readonly runs: (Run | undefined)[];

  constructor(
    readonly id: number,
    readonly plan: EventPlan,
    /** Whose event it is; `undefined` when it was published. */
    readonly by: Run | undefined,
    readonly record: DispatchRecord,
    /** How many items its dispatch had yielded before it. */
    readonly item: number,
  ) {
    this.runs = plan.handlers.map(() => undefined);
  }

  /** Whether all its handlers are done, and all their follow-ups are complete. */
  get isComplete(): boolean {
    return this.runs.every(
      (run) =>
        run !== undefined && run.ended && (run.failed || run.emissions.every((next) => next.isComplete)),
    );
  }

  get name(): string {
    return `event ${this.id} of ${this.by?.name ?? this.record.name}`;
  }
}

/** One run of one handler: of a request's, or of an event's. */
export class Run {
  readonly emissions: Emission[] = [];
  finals = 0;
  ended = false;
  failed = false;
  /** How many event handlers run below it. */
  below = 0;
  /** How many of its nested dispatches are under way; it may wait for them. */
  waits = 0;
  scope: ScopeRecord | undefined = undefined;

  constructor(
    readonly record: DispatchRecord,
    readonly name: string,
    /** Undefined for the handler of a request. */
    readonly emission: Emission | undefined,
    readonly handler: number,
  ) {}

  /** The event handler that it runs under, if any. */
  get above(): Run | undefined {
    const { sender } = this.record;
    return sender?.emission === undefined ? sender?.above : sender;
  }

  /**
   * Whether a handler that has ended left it behind, through an outer reference: the mediator then takes any other
   * handler of that batch for the one that sent it, and may lend that one's slot.
   */
  get isAdrift(): boolean {
    let { record } = this;
    for (let { sender } = record; sender !== undefined; { sender } = record) {
      if (record.via === "outside" && sender.emission !== undefined && sender.ended) return true;
      record = sender.record;
    }
    return false;
  }

  /** Whether it was started under another run, as far as the mediator can know. */
  isUnder(other: Run): boolean {
    let { record } = this;
    for (let { sender } = record; sender !== undefined; { sender } = record) {
      if (sender === other) return true;
      // Through an outer reference the mediator knows the batch that the sender belongs to, not which of its handlers.
      if (record.via === "outside" && sender.emission !== undefined && sender.record === other.record)
        return true;
      record = sender.record;
    }
    return false;
  }
}

export interface ScopeRecord {
  readonly id: number;
  readonly runs: Set<Run>;
  closed: number;
  error: unknown;
}

/** One `send`, `stream` or `publish`. */
export class DispatchRecord {
  /** Calls of `next()` and `throw()` so far. */
  pulls = 0;
  yields = 0;
  /** The run of its handler, once that has started. */
  run: Run | undefined = undefined;
  /** What was published. */
  published: Emission | undefined = undefined;
  readonly running = new Set<Run>();
  /** The event runs in the order they started. */
  readonly started: Run[] = [];
  /** The consumer has left, or a signal has aborted it. */
  disturbed = false;
  /** An event handler has failed, with which the dispatch fails, and aborts what was sent from it. */
  eventsFail = false;
  /** How it ended, when it ended by itself. */
  outcome: "done" | "failed" | undefined = undefined;

  constructor(
    readonly log: ScheduleLog,
    readonly name: string,
    readonly work: WorkPlan | undefined,
    readonly sender: Run | undefined,
    readonly via: "context" | "outside",
    readonly readAhead = 0,
  ) {}

  get emissions(): readonly Emission[] {
    return this.run?.emissions ?? (this.published ? [this.published] : []);
  }

  /** Whether it may have been aborted: by somebody, or with what it was sent from. */
  get isDisturbed(): boolean {
    if (this.disturbed || this.log.gaveUp) return true;
    const from = this.sender?.record;
    return from !== undefined && (from.eventsFail || from.isDisturbed);
  }

  /** Everything it emitted up to an item must be handled now. */
  requireComplete(items: number, when: string): void {
    for (const emission of this.emissions) {
      if (emission.item <= items && !emission.isComplete) {
        this.log.violate("lost", `${emission.name} was not handled when ${when}`);
      }
    }
  }

  /** Nothing of it may be at work any more. */
  requireQuiet(when: string): void {
    const { run } = this;
    if (run !== undefined && !run.ended)
      this.log.violate("finally", `${this.name}: ${when} before its finally`);
    for (const { name } of this.running) this.log.violate("early", `${this.name}: ${when} while ${name} ran`);
    for (const { scope } of [...this.started, ...(run ? [run] : [])]) {
      if (scope?.closed === 0)
        this.log.violate("scope", `${this.name}: ${when} before scope ${scope.id} was closed`);
    }
  }
}

/** Everything that is seen while one schedule runs. */
export class ScheduleLog {
  readonly violations: Violation[] = [];
  readonly dispatches: DispatchRecord[] = [];
  readonly scopes: ScopeRecord[] = [];
  readonly signals = new Set<AbortSignal>();
  readonly running = new Set<Run>();
  /** What was given out and has not settled. */
  readonly pending = new Set<string>();
  /** Ordered runs at work, and the last started of each emitter, by handler and key. */
  readonly #lanes = new Map<string, { readonly running: Set<Run>; readonly last: Map<unknown, number> }>();
  emitted = 0;
  handled = 0;
  /** What `onEventSettled` was told. */
  told = 0;
  settled = 0;
  delivered = 0;
  faults = 0;
  peak = 0;
  warnings = 0;
  /** The mediator was told to close before everything was done. */
  closedEarly = false;
  /** A grace time ran out. */
  gaveUp = false;

  constructor(
    readonly plan: Plan,
    readonly scheduler: fc.Scheduler,
  ) {}

  violate(kind: ViolationKind, what: string): void {
    this.violations.push({ kind, what });
  }

  dispatch(
    name: string,
    work: WorkPlan | undefined,
    sender?: Run,
    via: "context" | "outside" = "outside",
    readAhead = 0,
  ): DispatchRecord {
    const record = new DispatchRecord(this, name, work, sender, via, readAhead);
    this.dispatches.push(record);
    return record;
  }

  emission(plan: EventPlan, by: Run | undefined, record: DispatchRecord): Emission {
    return new Emission(++this.emitted, plan, by, record, by?.emission === undefined ? record.yields : 0);
  }

  startBody(record: DispatchRecord): Run {
    const run = new Run(record, record.name, undefined, 0);
    if (record.run !== undefined) this.violate("duplicated", `${record.name}: its handler ran twice`);
    record.run = run;
    return run;
  }

  startHandler(emission: Emission, handler: number): Run {
    const { record } = emission;
    const run = new Run(record, `handler ${handler} of ${emission.name}`, emission, handler);
    if (emission.runs[handler] !== undefined) this.violate("duplicated", `${run.name} ran twice`);
    emission.runs[handler] = run;
    this.handled++;
    if (this.isSequential && record.running.size > 0)
      this.violate("order", `${run.name} did not wait its turn`);
    record.running.add(run);
    record.started.push(run);
    this.running.add(run);
    for (let { above } = run; above !== undefined; { above } = above) above.below++;
    this.#requireLimit();
    this.#requireLane(run, emission);
    return run;
  }

  /**
   * A handler that waits for what it sent does not count (rule E5), nor does one that runs in the slot of the handler
   * that sent it: so those at work below which nothing runs must be within the limit.
   */
  #requireLimit(): void {
    const atWork = [...this.running].filter(({ below, waits }) => below === 0 && waits === 0);
    this.peak = Math.max(this.peak, atWork.length);
    if (atWork.length > this.plan.limit && !atWork.some((run) => run.isAdrift)) {
      this.violate(
        "limit",
        `at work, limit ${this.plan.limit}: ${atWork.map(({ name }) => name).join(", ")}`,
      );
    }
  }

  #requireLane(run: Run, emission: Emission): void {
    const name = this.laneOf(emission, run.handler);
    if (name === undefined) return;
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { running: new Set(), last: new Map() };
      this.#lanes.set(name, lane);
    }
    for (const other of lane.running) {
      if (!run.isUnder(other)) this.violate("order", `${run.name} ran beside ${other.name} (lane ${name})`);
    }
    const emitter = emission.by ?? emission.record;
    if ((lane.last.get(emitter) ?? 0) > emission.id) {
      this.violate("order", `${run.name} ran after a later event of its key (lane ${name})`);
    }
    lane.last.set(emitter, emission.id);
    lane.running.add(run);
  }

  /** The handler and key whose events must keep their order. */
  laneOf({ plan }: Emission, handler: number): string | undefined {
    if (plan.kind === "notification") return `broker ${plan.key}`;
    return this.plan.ordered[handler] ? `${handler} ${plan.key}` : undefined;
  }

  /** The handler of a stream may go on only when that is within `readAhead` of what was asked for. */
  requireWithin({ name, pulls, readAhead, yields }: DispatchRecord): void {
    if (yields + 1 > pulls + readAhead) {
      this.violate(
        "ahead",
        `${name} was at item ${yields} after ${pulls} calls, with readAhead ${readAhead}`,
      );
    }
  }

  get isSequential(): boolean {
    return !this.plan.parallel || this.plan.scope === "dispatch";
  }

  end(run: Run): void {
    run.finals++;
    run.ended = true;
    const { emission, record } = run;
    if (emission === undefined) return;
    record.running.delete(run);
    if (run.failed && this.plan.onEventError === "throw") record.eventsFail = true;
    this.running.delete(run);
    for (let { above } = run; above !== undefined; { above } = above) above.below--;
    const lane = this.laneOf(emission, run.handler);
    if (lane !== undefined) this.#lanes.get(lane)?.running.delete(run);
  }

  openScope(): ScopeRecord {
    const scope: ScopeRecord = { id: this.scopes.length + 1, runs: new Set(), closed: 0, error: undefined };
    this.scopes.push(scope);
    if (this.plan.scope === "none") this.violate("scope", "a scope was opened without being asked for");
    return scope;
  }

  closeScope(scope: ScopeRecord, error: unknown): void {
    scope.closed++;
    scope.error = error;
    for (const run of scope.runs) {
      if (!run.ended) this.violate("scope", `scope ${scope.id} closed before ${run.name} had ended`);
    }
  }

  /** Waits until the schedule lets it go on; ends early when a signal aborts. */
  async pause(label: string, signal?: AbortSignal): Promise<void> {
    const turn = this.scheduler.schedule(Promise.resolve(), label);
    if (signal === undefined) return turn;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    turn.then(resolve, reject);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Keeps a promise in view until it settles. */
  track<T>(name: string, promise: Promise<T>): Promise<T> {
    const entry = `${name} #${++this.settled}`;
    this.pending.add(entry);
    const settle = () => {
      this.pending.delete(entry);
    };
    promise.then(settle, settle);
    return promise;
  }

  /** What must hold when nothing is under way any more. */
  requireNothingLeft(): void {
    for (const record of this.dispatches) {
      record.requireQuiet("everything else had ended");
      for (const run of [record.run, ...record.started]) {
        if (run !== undefined) this.#requireEnded(run, record);
      }
    }
    for (const scope of this.scopes) this.#requireClosed(scope);
    for (const signal of this.signals) {
      const listeners = getEventListeners(signal, "abort").length;
      if (listeners > 0) this.violate("left behind", `${listeners} abort listeners of a signal`);
    }
    if (this.plan.observed && this.told !== this.handled) {
      this.violate("result", `onEventSettled was told ${this.told} times of ${this.handled} runs`);
    }
    if (this.warnings > 1) this.violate("result", `${this.warnings} warnings of a class without handler`);
  }

  #requireEnded(run: Run, record: DispatchRecord): void {
    if (run.finals !== 1) this.violate("finally", `${run.name}: its finally ran ${run.finals} times`);
    if (!run.failed) return;
    const first = run.emission === undefined ? record.yields : 0;
    for (const emission of run.emissions) {
      if (emission.item >= first && emission.runs.some(Boolean)) {
        this.violate("result", `${emission.name} was handled, though its handler had failed`);
      }
    }
  }

  #requireClosed({ id, closed, error, runs }: ScopeRecord): void {
    if (closed !== 1) this.violate("scope", `scope ${id} was closed ${closed} times`);
    if (this.plan.scope !== "handler") return;
    for (const run of runs) {
      const mustCommit = run.emission !== undefined && !run.failed;
      if (run.failed && !run.record.isDisturbed && error === undefined)
        this.violate("scope", `scope ${id} of ${run.name} was committed`);
      if (mustCommit && error !== undefined)
        this.violate("scope", `scope ${id} of ${run.name} was rolled back`);
    }
  }
}
