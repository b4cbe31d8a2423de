import { nameOf } from "../errors/describe.js";
import type { Event } from "../messages/event.js";
import { EmitOutsideHandlerError, SharedHandlerError } from "./handler-errors.js";
import type { HandlerRun } from "./handler-run.js";

const service: unique symbol = Symbol("sluice.service");

/** Lets an instance know the run it serves. */
export function attach(handler: EmittingHandler, run: HandlerRun): void {
  const served = handler[service];
  handler[service] = run;
  if (served === undefined || served === null) return;
  if (Array.isArray(served)) for (const event of served) run.collect(event);
  else handler[service] = served instanceof Set ? served.add(run) : new Set([served, run]);
}

/** Lets go of it, so that an instance which outlives the run cannot emit into it. */
export function detach(handler: EmittingHandler, run: HandlerRun): void {
  const served = handler[service];
  handler[service] = null;
  if (!(served instanceof Set)) return;
  served.delete(run);
  const [first, second] = served;
  handler[service] = second === undefined ? (first ?? null) : served;
}

/** The one run that an instance serves now; an error when there are several, `undefined` when there is none. */
export function runOf(handler: EmittingHandler): HandlerRun | undefined {
  const served = handler[service];
  if (served instanceof Set) throw new SharedHandlerError(nameOf(handler.constructor));
  return served === null || Array.isArray(served) ? undefined : served;
}

/**
 * What the base classes of handlers share: `this.emit`, and `events` to look at what was emitted.
 *
 * Events belong to the dispatch, not to the instance (rule S2). An instance that no mediator has run yet keeps them
 * itself, so that a unit test can call `handle` and look at `events`.
 */
export abstract class EmittingHandler {
  /**
   * The run it serves; a set when there are several; `null` between two; a list of events when none has come yet.
   * One field, set when there is something to keep, and no private one: an instance is made for every run of a
   * handler, and V8 takes long to add a private field once more than four classes inherit it.
   */
  declare [service]: HandlerRun | Set<HandlerRun> | Event[] | null | undefined;

  /** Emits an event of the dispatch that this instance serves. `context.emit` does the same and works on a shared instance too. */
  emit(event: Event): void {
    const run = runOf(this);
    if (run !== undefined) return run.collect(event);
    if (this[service] === null) throw new EmitOutsideHandlerError(event, nameOf(this.constructor));
    if (this[service] === undefined) this[service] = [event];
    else (this[service] as Event[]).push(event);
  }

  /** What was emitted and not yet taken to be handled. */
  get events(): readonly Event[] {
    return Array.isArray(this[service]) ? this[service] : (runOf(this)?.emitted ?? []);
  }

  /** Forgets what was emitted and not yet taken. */
  clearEvents(): void {
    if (Array.isArray(this[service])) this[service] = undefined;
    else runOf(this)?.discard();
  }
}
