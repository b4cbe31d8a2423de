import { nameOf } from "../errors/describe.js";
import type { Event } from "../messages/event.js";
import { EmitOutsideHandlerError, SharedHandlerError } from "./handler-errors.js";
import type { HandlerRun } from "./handler-run.js";

/** Lets an instance know the run it serves. */
export let attach: (handler: EmittingHandler, run: HandlerRun) => void;
/** Lets go of it, so that an instance which outlives the run cannot emit into it. */
export let detach: (handler: EmittingHandler, run: HandlerRun) => void;
/** The one run that an instance serves now; an error when there are several, `undefined` when there is none. */
export let runOf: (handler: EmittingHandler) => HandlerRun | undefined;

/**
 * What the base classes of handlers share: `this.emit`, and `events` to look at what was emitted.
 *
 * Events belong to the dispatch, not to the instance (rule S2). An instance that no mediator has run yet keeps them
 * itself, so that a unit test can call `handle` and look at `events`.
 */
export abstract class EmittingHandler {
  #run: HandlerRun | null | undefined;
  #shared: Set<HandlerRun> | undefined;
  #unserved: Event[] | undefined;

  static {
    attach = (handler, run) => {
      if (handler.#run) {
        handler.#shared ??= new Set([handler.#run]);
        handler.#shared.add(run);
      } else {
        handler.#run = run;
      }
      if (handler.#unserved !== undefined) {
        for (const event of handler.#unserved) run.collect(event);
        handler.#unserved = undefined;
      }
    };
    detach = (handler, run) => {
      const shared = handler.#shared;
      if (shared === undefined) {
        handler.#run = null;
        return;
      }
      shared.delete(run);
      if (shared.size > 1) return;
      handler.#run = shared.values().next().value ?? null;
      handler.#shared = undefined;
    };
    runOf = (handler) => {
      if (handler.#shared !== undefined) throw new SharedHandlerError(nameOf(handler.constructor));
      return handler.#run ?? undefined;
    };
  }

  /** Emits an event of the dispatch that this instance serves. `context.emit` does the same and works on a shared instance too. */
  emit(event: Event): void {
    const run = runOf(this);
    if (run !== undefined) return run.collect(event);
    if (this.#run === null) throw new EmitOutsideHandlerError(event, nameOf(this.constructor));
    this.#unserved ??= [];
    this.#unserved.push(event);
  }

  /** What was emitted and not yet taken to be handled. */
  get events(): readonly Event[] {
    return runOf(this)?.emitted ?? this.#unserved ?? [];
  }

  /** Forgets what was emitted and not yet taken. */
  clearEvents(): void {
    runOf(this)?.discard();
    this.#unserved = undefined;
  }
}
