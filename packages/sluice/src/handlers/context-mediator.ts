/// <reference lib="esnext.disposable" preserve="true" />
import type { ContainerScope } from "../containers/container.js";
import type { Event } from "../messages/event.js";
import type { MetadataInit } from "../messages/metadata.js";
import type { Request } from "../messages/request.js";

export interface DispatchOptions {
  /**
   * Tells the handler to stop, and lets the caller stop waiting: when it aborts, a pending answer is rejected at once
   * with its reason. What already runs goes on to its own end.
   *
   * Left out, what is sent through `context.mediator` inherits the sender's signal; `null` cuts that off, which is
   * what a handler's `finally` wants.
   */
  readonly signal?: AbortSignal | null | undefined;
  /** What is left out is inherited from the sending handler, or made when first asked for. */
  readonly metadata?: MetadataInit | undefined;
  /** Joins this scope and does not close it (rule U3); event handlers in it run one at a time. */
  readonly scope?: ContainerScope | undefined;
}

export interface StreamOptions extends DispatchOptions {
  /**
   * How many items the handler may run ahead of what was asked for, while the events of earlier items are handled.
   * A whole number from 0 up.
   * @default 0
   */
  readonly readAhead?: number | undefined;
}

/**
 * The items of a streamed request. Nothing happens before the first `next()` (rule S1); `return()`, which `break`
 * calls, ends the handler and waits for its clean-up (rule S7).
 */
export interface ItemStream<T> extends AsyncGenerator<T, unknown, void> {
  return(value?: unknown): Promise<IteratorResult<T, unknown>>;
}

/** The mediator as a handler sees it: what is sent through it inherits the handler's metadata and signal. */
export interface ContextMediator {
  /** Sends a request to its one handler; answers after the handler's events are handled (rule R1). */
  send<R>(request: Request<R>, options?: DispatchOptions): Promise<R>;
  /** Streams the items of a request; see {@link ItemStream}. */
  stream<R>(request: Request<R>, options?: StreamOptions): ItemStream<R>;
  /** Handles an event and its follow-ups (rule E10). */
  publish(event: Event, options?: DispatchOptions): Promise<void>;
}
