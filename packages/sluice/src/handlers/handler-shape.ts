import type { Class } from "../messages/class.js";
import type { Event } from "../messages/event.js";
import type { CollectingHandler } from "./collecting-handler.js";
import type { Fallback } from "./fallback-handler.js";

/** Anything that handles by `handle`. */
interface Handling {
  readonly handle: (...given: never[]) => unknown;
}

/** How a handler may be written: as a class, as an object with `handle`, or as the function alone. */
export type HandlerShape<H extends Handling> = Class<H> | H | Collecting<H> | H["handle"];

/** An object that keeps what it emits in `events` of its own, and may say `this.events` where it is written in place. */
type Collecting<H> = H & CollectingHandler & ThisType<{ events: Event[]; clearEvents(): void }>;

/** A fallback of such handlers, or of fallbacks again. */
export type FallbackOf<H extends Handling> = Fallback<HandlerShape<H> | FallbackOf<H>>;
