import type { HandlerContext } from "../handlers/handler-context.js";
import type { Event } from "../messages/event.js";
import type { MetadataInit } from "../messages/metadata.js";
import type { Request } from "../messages/request.js";

/** What a middleware may change for what it wraps. */
export interface NextOptions {
  /** Aborts what is wrapped, beside the signals that abort it anyway. */
  readonly signal?: AbortSignal | undefined;
  /** Laid over the metadata that was there. */
  readonly metadata?: MetadataInit | undefined;
}

/** What a middleware is given: the dispatch's signal and metadata, and the name of what it wraps. */
export interface MiddlewareContext extends Pick<HandlerContext, "signal" | "metadata" | "mediator"> {
  /** The name of the handler that is wrapped. */
  readonly handlerName: string;
}

/**
 * What runs around every dispatch. The first of the list is the outermost. Each member wraps one kind; what is left
 * out passes straight through and costs nothing.
 *
 * `next` runs what is wrapped, the events of a request included, and may be called again: each call is a run of its
 * own. It may be given another message of the same class.
 */
export interface Middleware {
  /** Around `send`: the handler and its events. */
  request?(
    request: Request<unknown>,
    next: (request?: Request<unknown>, options?: NextOptions) => Promise<unknown>,
    context: MiddlewareContext,
  ): unknown;
  /** Around `stream`: from the first `next()` to the end; may return what `next` gives, or any async iterable. */
  stream?(
    request: Request<unknown>,
    next: (request?: Request<unknown>, options?: NextOptions) => AsyncIterable<unknown>,
    context: MiddlewareContext,
  ): AsyncIterable<unknown>;
  /** Around each run of an event handler, and around each publishing to the broker. */
  event?(
    event: Event,
    next: (event?: Event, options?: NextOptions) => Promise<unknown>,
    context: MiddlewareContext,
  ): unknown;
}
