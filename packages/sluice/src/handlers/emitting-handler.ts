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
  /**
   * The run it serves; a set when there are several; `null` between two; a list of events when none has come yet.
   * One field, because an instance is made for every run of a handler.
   */
  #service: HandlerRun | Set<HandlerRun> | Event[] | null | undefined;

  static {
    attach = (handler, run) => {
      const service = handler.#service;
      handler.#service = run;
      if (service === undefined || service === null) return;
      if (Array.isArray(service)) for (const event of service) run.collect(event);
      else handler.#service = service instanceof Set ? service.add(run) : new Set([service, run]);
    };
    detach = (handler, run) => {
      const service = handler.#service;
      handler.#service = null;
      if (!(service instanceof Set)) return;
      service.delete(run);
      const [first, second] = service;
      handler.#service = second === undefined ? (first ?? null) : service;
    };
    runOf = (handler) => {
      const service = handler.#service;
      if (service instanceof Set) throw new SharedHandlerError(nameOf(handler.constructor));
      return service === null || Array.isArray(service) ? undefined : service;
    };
  }

  /** Emits an event of the dispatch that this instance serves. `context.emit` does the same and works on a shared instance too. */
  emit(event: Event): void {
    const run = runOf(this);
    if (run !== undefined) return run.collect(event);
    if (this.#service === null) throw new EmitOutsideHandlerError(event, nameOf(this.constructor));
    if (this.#service === undefined) this.#service = [event];
    else (this.#service as Event[]).push(event);
  }

  /** What was emitted and not yet taken to be handled. */
  get events(): readonly Event[] {
    return Array.isArray(this.#service) ? this.#service : (runOf(this)?.emitted ?? []);
  }

  /** Forgets what was emitted and not yet taken. */
  clearEvents(): void {
    if (Array.isArray(this.#service)) this.#service = undefined;
    else runOf(this)?.discard();
  }
}
