import { EmittingHandler } from "../handlers/emitting-handler.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { markHandlerClass } from "../handlers/handler-kind.js";
import type { DomainEvent } from "../messages/domain-event.js";

/**
 * Handles a domain event. Any number of handlers may be bound to one event class; one that fails stops no other
 * (rule E6).
 *
 * @example
 * ```ts
 * import { DomainEvent, EventHandler, EventMap } from "sluice";
 *
 * class FileProcessed extends DomainEvent {
 *   constructor(readonly fileId: string) { super(); }
 * }
 *
 * class WriteAuditLog extends EventHandler<FileProcessed> {
 *   async handle(event: FileProcessed) { console.log(event.fileId); }
 * }
 *
 * new EventMap().bind(FileProcessed, WriteAuditLog);
 * ```
 */
export abstract class EventHandler<E extends DomainEvent> extends EmittingHandler {
  static {
    markHandlerClass(EventHandler.prototype, "event");
  }

  /** May emit further events, its follow-ups; they are handled once it is done. */
  abstract handle(event: E, context: HandlerContext): unknown;
}
