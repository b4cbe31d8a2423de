import type { Dispatch } from "../handlers/dispatch.js";
import type { HandlerRun } from "../handlers/handler-run.js";
import type { LineageEntry, SlotHolder } from "../handlers/lineage.js";
import type { RunningEvents } from "../handlers/runtime.js";
import type { EventFailure, EventHandlingError } from "./event-errors.js";
import type { EventProcessor } from "./event-processor.js";
import type { EventRoute } from "./event-route.js";
import { EventRun } from "./event-run.js";

/** Handlers that end at once start others from within; beyond this depth they take their turn instead. */
const maxStartDepth = 16;

/**
 * The events that were taken together, with all their follow-ups. A stream takes events at every item, so a batch
 * that is done can be used again for the next ones of its dispatch.
 */
export class EventBatch implements RunningEvents, SlotHolder {
  readonly processor: EventProcessor;
  readonly dispatch: Dispatch;
  /** One handler at a time. */
  readonly sequential: boolean;
  cause: HandlerRun | undefined;
  #done: (error: EventHandlingError | undefined) => void = () => {};
  /** How many of its handlers hold a slot. */
  running = 0;
  /** How many of those are lent out by themselves. */
  lent = 0;
  /** Who runs in a slot of the batch, lent without knowing by which of its handlers. */
  borrower: EventRun | undefined;
  /** In line for a slot. */
  waits = false;
  nextWaiting: EventBatch | undefined;
  #failures: EventFailure[] | undefined;
  /** Runs that are not done yet; the batch itself counts as one until all its first events were added. */
  #open = 0;
  #pending: EventRun[] | undefined;
  #next = 0;
  /** Runs that wait for others of their key. */
  #inLanes: Set<EventRun> | undefined;
  #cancelled = false;
  #enters = 0;
  /** The handler that is being called. */
  starting: EventRun | undefined;
  /** The only handler at work, unless others have been beside it. */
  sole: EventRun | undefined;
  #entry: LineageEntry | undefined;

  constructor(processor: EventProcessor, dispatch: Dispatch) {
    this.processor = processor;
    this.dispatch = dispatch;
    this.sequential = processor.isSequential(dispatch);
  }

  /** The message whose handler emitted these events. */
  get message(): object {
    return this.cause?.message ?? this.dispatch.message;
  }

  /**
   * The handler at work, where only one can be meant: it is on the stack, or no other runs beside it. Else what a
   * handler sends through any reference but `context.mediator` is known as the batch's, not as its own.
   */
  get atWork(): EventRun | undefined {
    return this.starting ?? this.sole;
  }

  get slotHolder(): SlotHolder {
    return this;
  }

  get holdsSlot(): boolean {
    return this.running > 0;
  }

  get isIdle(): boolean {
    return this.#open === 0 && !this.#cancelled;
  }

  /** Sends the first events to their handlers; calls `done` once when all is settled. */
  begin(
    events: readonly object[],
    cause: HandlerRun | undefined,
    done: (error: EventHandlingError | undefined) => void,
  ): void {
    this.cause = cause;
    this.#done = done;
    this.#open = 1;
    this.#enter(addAll, this, events);
    this.settle();
  }

  /** @internal Used by {@link begin}. */
  add(event: object, cause: HandlerRun | undefined, depth: number): void {
    const routes = this.processor.emitter.routesFor(event);
    for (let i = 0; i < routes.length; i++) {
      const route = routes[i] as EventRoute;
      this.#open++;
      const run = new EventRun(this, event, route, cause, depth);
      if (route.lanes === undefined) this.submit(run);
      else this.#enterLane(run);
    }
  }

  #enterLane(run: EventRun): void {
    let mayGo: boolean | undefined;
    try {
      mayGo = run.route.lanes?.enter(run);
    } catch (error) {
      return this.processor.refuse(run, error);
    }
    if (mayGo) return this.submit(run);
    this.#inLanes ??= new Set();
    this.#inLanes.add(run);
    this.processor.slots.beginKeyWait(run);
  }

  /** Starts a run where it may go now, else puts it in line. */
  submit(run: EventRun): void {
    const { slots, depth } = this.processor;
    // One at a time means breadth first, so nothing starts while its siblings are still being added.
    const mayStart = this.#pending === undefined && !this.sequential && depth < maxStartDepth;
    if (mayStart && slots.take(run)) return this.processor.start(run);
    if (this.#pending === undefined) this.#pending = [run];
    else this.#pending.push(run);
    slots.wait(this);
  }

  /** The next run that may start. */
  peek(): EventRun | undefined {
    if (this.#pending === undefined || (this.sequential && this.running > 0)) return undefined;
    return this.#pending[this.#next];
  }

  /** Starts the run that {@link peek} gave, for which a slot was taken. */
  startNext(current: EventBatch | undefined): void {
    const pending = this.#pending as EventRun[];
    const run = pending[this.#next++] as EventRun;
    if (this.#next === pending.length) {
      this.#pending = undefined;
      this.#next = 0;
    }
    if (this === current) this.processor.start(run);
    else this.#enter(start, this.processor, run);
  }

  /**
   * Runs in the async context of the batch, so that what its handlers send is known as theirs (rule E5). From the
   * second time on through an entry, which is worth making for a stream but not for a request's one batch.
   */
  #enter<A, B>(body: (a: A, b: B) => void, a: A, b: B): void {
    const { lineage } = this.dispatch.runtime;
    if (lineage === undefined) return body(a, b);
    if (this.#enters++ === 0) return lineage.run(this, () => body(a, b));
    this.#entry ??= lineage.entry(this);
    this.#entry.runInAsyncScope(body, undefined, a, b);
  }

  fail(run: EventRun, error: unknown): void {
    this.#failures ??= [];
    this.#failures.push({ event: run.message, handler: run.handlerName, error });
  }

  /** A run is over: its follow-ups start, its lane and its slot go on to the next. */
  finish(run: EventRun, followUps: readonly object[] | undefined): void {
    const { slots } = this.processor;
    if (run.lane !== undefined) this.#leaveLane(run);
    slots.release(run);
    if (followUps !== undefined && !this.#cancelled) this.#follow(run, followUps);
    if (this.#pending !== undefined) slots.wait(this);
    slots.pump(this);
    this.settle();
  }

  #follow(run: EventRun, followUps: readonly object[]): void {
    const depth = run.depth + 1;
    if (depth > this.processor.maxFollowUpDepth) {
      this.fail(run, this.processor.depthError(run, followUps[0] as object));
      return;
    }
    for (const event of followUps) this.add(event, run, depth);
  }

  #leaveLane(run: EventRun): void {
    const next = run.lane && run.route.lanes?.leave(run.lane);
    run.lane = undefined;
    if (next === undefined) return;
    const { batch } = next;
    batch.#inLanes?.delete(next);
    if (batch === this) this.submit(next);
    else batch.#enter(submit, batch, next);
  }

  /** One of the open runs is done. */
  settle(): void {
    if (--this.#open > 0) return;
    const failures = this.#failures;
    this.#failures = undefined;
    this.#done(failures && this.processor.judge(failures));
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    const dropped = this.#pending?.slice(this.#next) ?? [];
    this.#pending = undefined;
    this.#next = 0;
    for (const run of this.#inLanes ?? []) {
      run.route.lanes?.giveUp(run);
      this.processor.slots.endKeyWait(run);
      this.settle();
    }
    this.#inLanes = undefined;
    for (const run of dropped) {
      if (run.lane !== undefined) this.#leaveLane(run);
      this.settle();
    }
  }
}

function addAll(batch: EventBatch, events: readonly object[]): void {
  const { cause } = batch;
  for (let i = 0; i < events.length; i++) batch.add(events[i] as object, cause, 0);
  batch.processor.slots.pump(batch);
}

function start(processor: EventProcessor, run: EventRun): void {
  processor.start(run);
}

function submit(batch: EventBatch, run: EventRun): void {
  batch.submit(run);
}
