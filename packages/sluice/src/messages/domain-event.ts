import { markEventClass } from "./event.js";

/** Tells this kind of message from the others, under a key that no field of a message can take; in types only. */
declare const kind: unique symbol;

/**
 * Something that happened, for handlers of this process: it goes to every handler bound to its class or to a base
 * class of it (rule E1).
 *
 * @example
 * ```ts
 * import { DomainEvent } from "sluice";
 *
 * class FileProcessed extends DomainEvent {
 *   constructor(readonly fileId: string) { super(); }
 * }
 * ```
 */
export abstract class DomainEvent {
  declare readonly [kind]: "domain";

  static {
    markEventClass(DomainEvent.prototype, "domain");
  }
}
