import { Do } from "../mediator/flow.fixture.js";
import type { Event } from "../messages/event.js";

/** A command whose handler emits these events. */
export function emitAll(events: readonly Event[]) {
  return new Do(({ emit }) => events.forEach(emit));
}
