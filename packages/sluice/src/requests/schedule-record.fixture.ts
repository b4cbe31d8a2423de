import type { ScheduleLog } from "./schedule-log.fixture.js";
import type { EventPlan, WorkPlan } from "./schedule-plan.fixture.js";

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
      (run) => run?.ended && (run.failed || run.emissions.every((next) => next.isComplete)),
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
  /** What it threw. */
  failure: { readonly error: unknown } | undefined = undefined;
  /** How many event handlers run below it. */
  below = 0;
  /** How many dispatches are under way below it; it may wait for them. */
  waits = 0;
  scope: ScopeRecord | undefined = undefined;

  constructor(
    readonly record: DispatchRecord,
    readonly name: string,
    /** Undefined for the handler of a request. */
    readonly emission: Emission | undefined,
    readonly handler: number,
  ) {}

  get failed(): boolean {
    return this.failure !== undefined;
  }

  /** The event handler that it runs under, if any. */
  get above(): Run | undefined {
    const { sender } = this.record;
    return sender?.emission === undefined ? sender?.above : sender;
  }

  /** The run itself, and those under which it was started. */
  get lineage(): Run[] {
    const { sender } = this.record;
    return sender === undefined ? [this] : [this, ...sender.lineage];
  }

  isUnder(other: Run): boolean {
    return this !== other && this.lineage.includes(other);
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
  /** Whether it was given a signal from outside. */
  hasSignal = false;
  yields = 0;
  /** The run of its handler, once that has started. */
  run: Run | undefined = undefined;
  /** The id of the message whose handler sent it; `null` where it must have none, `undefined` where that is not known. */
  cause: string | null | undefined = undefined;
  /** What was published. */
  published: Emission | undefined = undefined;
  readonly running = new Set<Run>();
  /** The event runs in the order they started. */
  readonly started: Run[] = [];
  /** The consumer has left, or a signal has aborted it. */
  disturbed = false;
  /** It has been told to stop, so that no event handler may start any more. */
  stopped = false;
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

  /** Whether the mediator knows its handler as the sender of what that sends through an outer reference. */
  get isKnown(): boolean {
    const { sender, via } = this;
    if (sender === undefined) return this.hasSignal;
    return via === "context" || sender.emission !== undefined || sender.record.isKnown;
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
