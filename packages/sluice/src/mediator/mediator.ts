/// <reference lib="esnext.disposable" preserve="true" />
import type { ContextMediator } from "../handlers/context-mediator.js";
import type { DomainEvent } from "../messages/domain-event.js";
import type { Request } from "../messages/request.js";

interface Closable extends AsyncDisposable {
  /**
   * Takes no further dispatch from outside, and waits for what is under way. What still runs after `closeTimeoutMs`
   * is aborted. Safe to call again: all calls settle together.
   *
   * @throws {CloseTimeoutError} something still ran after the grace time; it names what.
   */
  close(): Promise<void>;
}

/** Sends a request to its one handler. */
export interface RequestMediator extends Pick<ContextMediator, "send">, Closable {}

/** Streams the items of a request. */
export interface StreamingRequestMediator extends Pick<ContextMediator, "stream">, Closable {}

/** Hands an event to its handlers. */
export interface EventMediator extends Pick<ContextMediator, "publish">, Closable {}

/** All three: what {@link bootstrap} makes. */
export interface Mediator extends RequestMediator, StreamingRequestMediator, EventMediator {
  /** Whether something is bound to the class of a request, or to that of a domain event or a base class of it. */
  handles(message: Request<unknown> | DomainEvent): boolean;
  /** Whether what is bound to the class of a request answers with a stream, so that it cannot be sent. */
  streams(request: Request<unknown>): boolean;
}
