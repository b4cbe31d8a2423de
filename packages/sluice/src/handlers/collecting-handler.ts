import { nameOf } from "../errors/describe.js";
import type { Event } from "../messages/event.js";
import { EmittingHandler } from "./emitting-handler.js";
import { SharedHandlerError } from "./handler-errors.js";

/** A handler that keeps what it emits in `events` of its own, as plain objects do. */
export interface CollectingHandler {
  readonly events: readonly Event[];
  clearEvents(): void;
}

interface Service {
  runs: number;
  /** Two runs were served at once since the instance was last idle, so nobody can say whose its events are. */
  mixed: boolean;
}

const services = new WeakMap<CollectingHandler, Service>();

/** Whether a handler has `events` of its own, which the base class knows nothing of. */
export function isCollecting(handler: object): handler is CollectingHandler {
  const { clearEvents } = handler as Partial<CollectingHandler>;
  return typeof clearEvents === "function" && clearEvents !== EmittingHandler.prototype.clearEvents;
}

export function startCollecting(handler: CollectingHandler): void {
  const service = services.get(handler);
  if (service === undefined) services.set(handler, { runs: 1, mixed: false });
  else {
    service.mixed ||= service.runs > 0;
    service.runs++;
  }
}

export function stopCollecting(handler: CollectingHandler): void {
  const service = services.get(handler) as Service;
  service.runs--;
  if (service.runs > 0) return;
  service.mixed = false;
  handler.clearEvents();
}

/** Takes the handler's events; an error where they cannot be told from another dispatch's (rule S2). */
export function takeCollected(handler: CollectingHandler): readonly Event[] {
  if (handler.events.length === 0) return [];
  if (services.get(handler)?.mixed) throw new SharedHandlerError(nameOf(handler.constructor));
  const events = [...handler.events];
  handler.clearEvents();
  return events;
}
