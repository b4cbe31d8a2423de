import type { AbstractClass } from "../messages/class.js";
import type { Event } from "../messages/event.js";
import type { Metadata } from "../messages/metadata.js";
import type { ContextMediator } from "./context-mediator.js";

/**
 * What a handler is given beside its message. Its members may be taken apart: `({ emit, signal }) => …`. Each is
 * made when it is first asked for, so what is not used costs nothing.
 */
export interface HandlerContext {
  /** Aborts when the consumer leaves, an outside signal aborts, or the mediator gives up waiting in `close()`. */
  readonly signal: AbortSignal;
  readonly metadata: Metadata;
  /**
   * Emits an event of this very dispatch, whatever instance the handler is (rule S2).
   * @throws {InvalidEventError} what is emitted is no event.
   * @throws {NoBrokerError} a notification event, and the mediator has no broker.
   * @throws {EmitOutsideHandlerError} the handler has ended.
   */
  readonly emit: (event: Event) => void;
  /** Resolves a class in the handler's scope. Without a container it is constructed without arguments. */
  readonly resolve: <T>(token: AbstractClass<T>) => Promise<T>;
  readonly mediator: ContextMediator;
  /** In the fallback of a stream: how far the primary came (rule R6); `undefined` elsewhere. */
  readonly resume: StreamResume | undefined;
}

/** How far a failed stream came before its fallback took over. */
export interface StreamResume {
  /** The number of items that were delivered. */
  readonly delivered: number;
  /** The last of them; `undefined` when there was none. */
  readonly lastItem: unknown;
}
