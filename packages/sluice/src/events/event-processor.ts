import { classNameOf, describe } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { Failure } from "../handlers/close-scope.js";
import type { Dispatch } from "../handlers/dispatch.js";
import type { HandlerRun } from "../handlers/handler-run.js";
import type { Logger } from "../handlers/logger.js";
import type { EventSink, RunningEvents } from "../handlers/runtime.js";
import type { Event } from "../messages/event.js";
import { EventBatch } from "./event-batch.js";
import type { EventEmitter } from "./event-emitter.js";
import { type EventFailure, EventHandlingError, FollowUpDepthError } from "./event-errors.js";
import { EventRun } from "./event-run.js";
import { Slots } from "./slots.js";

/** What becomes of a failure: the dispatch fails with it, or it goes to the logger. */
export type EventErrorAction = "throw" | "report";

/** What became of one event at one handler (rule E11). */
export interface EventSettled {
  readonly event: object;
  readonly handler: string;
  readonly outcome: "handled" | "failed";
  /** What the handler threw. */
  readonly error: unknown;
  /** From the handler's start to its end, without its follow-ups, in milliseconds. */
  readonly duration: number;
}

export interface EventProcessorOptions {
  readonly maxConcurrentEventHandlers: number;
  readonly concurrentEventHandleEnable: boolean;
  readonly maxFollowUpDepth: number;
  readonly onEventError: EventErrorAction | ((failure: EventFailure) => EventErrorAction);
  readonly onEventSettled: ((settled: EventSettled) => void) | undefined;
  readonly logger: Logger;
}

/** Handles events with all their follow-ups, in parallel under the limit or one at a time (rules E2 to E8). */
export class EventProcessor implements EventSink {
  readonly slots: Slots;
  readonly maxFollowUpDepth: number;
  /** How many starts are on the stack: handlers that end at once must not start their follow-ups on top of it. */
  depth = 0;
  readonly #options: EventProcessorOptions;
  readonly #onSettled: ((settled: EventSettled) => void) | undefined;
  /** When each run began; kept only for `onEventSettled`. */
  readonly #startTimes = new Map<EventRun, number>();

  constructor(
    readonly emitter: EventEmitter,
    options: EventProcessorOptions,
  ) {
    this.slots = new Slots(options.maxConcurrentEventHandlers);
    this.maxFollowUpDepth = options.maxFollowUpDepth;
    this.#options = options;
    this.#onSettled = options.onEventSettled;
  }

  isSequential(dispatch: Dispatch): boolean {
    return !this.#options.concurrentEventHandleEnable || dispatch.sharesScope;
  }

  process(
    events: readonly Event[],
    dispatch: Dispatch,
    cause: HandlerRun | undefined,
    done: (error: EventHandlingError | undefined) => void,
  ): RunningEvents {
    const last = dispatch.lastEvents as EventBatch | undefined;
    const batch = last?.isIdle ? last : new EventBatch(this, dispatch);
    dispatch.lastEvents = batch;
    batch.begin(events, cause, done);
    return batch;
  }

  /** Runs a handler, for which a slot was taken. */
  start(run: EventRun): void {
    if (this.#onSettled !== undefined) this.#startTimes.set(run, performance.now());
    const { batch } = run;
    const outer = batch.starting;
    batch.starting = run;
    this.depth++;
    this.#invoke(run);
    this.depth--;
    batch.starting = outer;
  }

  #invoke(run: EventRun): void {
    let pending: unknown;
    try {
      pending = this.emitter.keepsOrder ? run.enter(invoke) : invoke(run);
    } catch (error) {
      return this.#failed(run, error);
    }
    if (!(pending instanceof Promise)) {
      if (!isThenable(pending)) return this.#succeeded(run);
      pending = Promise.resolve(pending);
    }
    (pending as Promise<unknown>).then(
      () => this.#succeeded(run),
      (error) => this.#failed(run, error),
    );
  }

  #succeeded(run: EventRun): void {
    if (run.holdsScope) return void this.#close(run);
    try {
      run.end();
    } catch (error) {
      return this.#failed(run, error);
    }
    this.#finish(run, undefined);
  }

  #failed(run: EventRun, error: unknown): void {
    if (run.holdsScope) return void this.#close(run, { error });
    run.end({ error });
    this.#finish(run, { error });
  }

  /** A run that could not even start counts as one that failed. */
  refuse(run: EventRun, error: unknown): void {
    run.batch.fail(run, error);
    if (this.#onSettled !== undefined) this.#tell(this.#onSettled, run, { error });
    run.batch.settle();
  }

  /** Closes the scope of a run; what fails then is the run's failure where it had none. */
  async #close(run: EventRun, failure?: Failure): Promise<void> {
    let outcome = failure;
    try {
      await run.close(failure);
    } catch (error) {
      outcome = { error };
    }
    this.#finish(run, outcome);
  }

  #finish(run: EventRun, failure: Failure | undefined): void {
    if (failure !== undefined) run.batch.fail(run, failure.error);
    if (this.#onSettled !== undefined) this.#tell(this.#onSettled, run, failure);
    run.batch.finish(run, failure === undefined ? run.take() : undefined);
  }

  #tell(onSettled: (settled: EventSettled) => void, run: EventRun, failure: Failure | undefined): void {
    const started = this.#startTimes.get(run);
    this.#startTimes.delete(run);
    try {
      onSettled({
        event: run.message,
        handler: run.handlerName,
        outcome: failure ? "failed" : "handled",
        error: failure?.error,
        duration: started === undefined ? 0 : performance.now() - started,
      });
    } catch (error) {
      this.#options.logger.error({ error }, "onEventSettled threw; the event was handled all the same.");
    }
  }

  /** Follows the mediator's policy: the error that the dispatch fails with, if any (rule E6). */
  judge(failures: readonly EventFailure[]): EventHandlingError | undefined {
    const { onEventError, logger } = this.#options;
    const thrown: EventFailure[] = [];
    for (const failure of failures) {
      let action: EventErrorAction;
      try {
        action = typeof onEventError === "function" ? decide(onEventError, failure) : onEventError;
      } catch (error) {
        thrown.push(failure, { ...failure, handler: "onEventError", error });
        continue;
      }
      if (action === "report") {
        logger.error({ ...failure }, `${failure.handler} failed on ${describe(failure.event)}.`);
      } else thrown.push(failure);
    }
    return thrown.length > 0 ? new EventHandlingError(thrown) : undefined;
  }

  depthError(run: EventRun, followUp: object): FollowUpDepthError {
    const chain = [classNameOf(followUp)];
    for (let cause: HandlerRun | undefined = run; cause instanceof EventRun; cause = cause.cause) {
      chain.push(classNameOf(cause.message));
    }
    return new FollowUpDepthError(this.maxFollowUpDepth, chain.reverse());
  }
}

/** Asks the user's function; an answer that is neither of the two must not become silence. */
function decide(
  onEventError: (failure: EventFailure) => EventErrorAction,
  failure: EventFailure,
): EventErrorAction {
  const action: unknown = onEventError(failure);
  if (action === "throw" || action === "report") return action;
  if (action instanceof Promise) action.catch(() => {});
  throw new InvalidOptionError("What onEventError answered", action, '"throw" or "report"');
}

function invoke(run: EventRun): unknown {
  return run.route.invoke(run);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
