import { getEventListeners } from "node:events";
import type fc from "fast-check";
import type { Metadata } from "../messages/metadata.js";
import type { EventPlan, Plan, WorkPlan } from "./schedule-plan.fixture.js";
import { DispatchRecord, Emission, Run, type ScopeRecord } from "./schedule-record.fixture.js";

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
  | "silence"
  | "ahead"
  | "abort"
  | "stopped"
  | "deadlock"
  | "left behind"
  | "rejection";

export interface Violation {
  readonly kind: ViolationKind;
  readonly what: string;
}

/** Everything that is seen while one schedule runs. */
export class ScheduleLog {
  readonly violations: Violation[] = [];
  readonly dispatches: DispatchRecord[] = [];
  readonly scopes: ScopeRecord[] = [];
  readonly signals = new Set<AbortSignal>();
  /** What handlers threw by plan, until somebody was told. */
  readonly untold = new Set<unknown>();
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
  /**
   * An event handler did not await what it sent. The mediator cannot see that, so it lets others pass the handler for
   * the sake of what it does not wait for, and they may run beside it.
   */
  leftBehind = false;
  /** A grace time ran out. */
  gaveUp = false;

  constructor(
    readonly plan: Plan,
    readonly scheduler: fc.Scheduler,
  ) {}

  violate(kind: ViolationKind, what: string): void {
    this.violations.push({ kind, what });
  }

  /** How many violations there were, of those that reliability counts by themselves and of all others. */
  get counts(): { lost: number; duplicated: number; orderViolations: number; otherViolations: number } {
    const count = (kind: ViolationKind) =>
      this.violations.filter((violation) => violation.kind === kind).length;
    const [lost, duplicated, orderViolations] = [count("lost"), count("duplicated"), count("order")];
    const otherViolations = this.violations.length - lost - duplicated - orderViolations;
    return { lost, duplicated, orderViolations, otherViolations };
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
    // A class may have been at work for a while, where the container takes its time to resolve it.
    const mayBeLate = this.plan.slowContainer && handler > 0;
    if (record.stopped && !mayBeLate) {
      this.violate("stopped", `${run.name} started after ${record.name} had been told to stop`);
    }
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
    // The mediator takes what a handler did not await for what it waits for, and has its slot back while that waits for
    // its key. So there may be one more at work then.
    if (this.gaveUp || (this.leftBehind && this.#lanes.size > 0)) return;
    this.peak = Math.max(this.peak, atWork.length);
    if (atWork.length > this.plan.limit) {
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
      // Handlers that wait for each other's keys, in a circle, may run beside each other: all but one only wait.
      const mayCircle = run.above !== undefined && other.waits > 0;
      if (!run.isUnder(other) && !mayCircle && !this.leftBehind && !this.gaveUp) {
        this.violate("order", `${run.name} ran beside ${other.name} (lane ${name})`);
      }
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
    if (plan.kind === "notification") {
      return this.plan.ordered.includes(true) ? `broker ${plan.key}` : undefined;
    }
    return this.plan.ordered[handler] ? `${handler} ${plan.key}` : undefined;
  }

  /** What a handler sends is caused by its message, whatever else is at work (rule E5). */
  requireCause({ name, cause }: DispatchRecord, metadata: Metadata): void {
    if (cause === undefined) return;
    const { causationId = null } = metadata;
    if (causationId !== cause)
      this.violate("result", `${name} was caused by ${causationId}, expected ${cause}`);
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

  /** A planned failure, which must not stay between the handler and the mediator. */
  fail<E extends Error>(error: E): E {
    this.faults++;
    this.untold.add(error);
    return error;
  }

  /** Somebody was told of an error, and of those inside it. */
  tell(error: unknown): void {
    this.untold.delete(error);
    if (!(error instanceof Error)) return;
    if (error.cause !== undefined) this.tell(error.cause);
    if (error instanceof AggregateError) for (const each of error.errors) this.tell(each);
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
      if (this.isSequential) this.#requireBreadthFirst(record);
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
    if (!this.gaveUp) for (const error of this.untold) this.violate("silence", `nobody was told of ${error}`);
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

  /** One at a time means in order of emission and of binding, follow-ups behind what waits already (rule E3). */
  #requireBreadthFirst({ name, outcome, isDisturbed, emissions, started }: DispatchRecord): void {
    if (outcome !== "done" || isDisturbed) return;
    const expected: Run[] = [];
    const items = Map.groupBy(emissions, ({ item }) => item);
    for (const emitted of items.values()) {
      const queue = [...emitted];
      for (const emission of queue) {
        if (emission.runs.some((_, handler) => this.laneOf(emission, handler) !== undefined)) return;
        for (const run of emission.runs) {
          if (run === undefined) continue;
          expected.push(run);
          if (!run.failed) queue.push(...run.emissions);
        }
      }
    }
    const other = expected.find((run, index) => run !== started[index]);
    if (other !== undefined) this.violate("order", `${name}: ${other.name} was not handled breadth first`);
  }

  #requireClosed({ id, closed, error, runs }: ScopeRecord): void {
    if (closed !== 1) this.violate("scope", `scope ${id} was closed ${closed} times`);
    for (const run of runs) {
      const { outcome, isDisturbed } = run.record;
      let mustCommit = outcome === "done" && !isDisturbed;
      let mustRollBack = outcome === "failed" && !isDisturbed;
      if (this.plan.scope === "handler") {
        mustCommit = !run.failed && (mustCommit || run.emission !== undefined);
        mustRollBack = run.failed && !isDisturbed;
      }
      if (mustCommit && error !== undefined)
        this.violate("scope", `scope ${id} of ${run.name} was rolled back`);
      if (mustRollBack && error === undefined)
        this.violate("scope", `scope ${id} of ${run.name} was committed`);
    }
  }
}
