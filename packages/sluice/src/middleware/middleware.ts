import type { HandlerContext } from "../handlers/handler-context.js";
import type { Logger } from "../handlers/logger.js";
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

/**
 * Runs what a middleware wraps: with the message that the middleware was given, or with another of the same class.
 *
 * Each call is a run of its own, with a scope of its own (under `scope: "dispatch"`, a unit of work of its own); not
 * to call it is to answer in its place.
 *
 * @throws {InvalidOptionError} the other message is of another class.
 */
export type Next<Message, Answer> = (message?: Message, options?: NextOptions) => Answer;

/** What a middleware is given: the dispatch's signal and metadata, and the name of what it wraps. */
export interface MiddlewareContext extends Pick<HandlerContext, "signal" | "metadata" | "mediator"> {
  /** The name of the handler that is wrapped; `"MessageBroker"` around a publishing. */
  readonly handlerName: string;
  /** The mediator's. */
  readonly logger: Logger;
}

/**
 * What runs around every dispatch. The first of the list is the outermost. Each member wraps one kind; what is left
 * out passes straight through and costs nothing.
 *
 * @example
 * ```ts
 * import { bootstrap } from "sluice";
 *
 * bootstrap({
 *   middlewares: [
 *     {
 *       async request(request, next, context) {
 *         const answer = await next(request, { metadata: { headers: { tenant: "acme" } } });
 *         context.logger.info({ request: request.constructor.name }, "Answered.");
 *         return answer;
 *       },
 *       async *stream(request, next) {
 *         for await (const item of next()) if (item !== undefined) yield item;
 *       },
 *     },
 *   ],
 * });
 * ```
 */
export interface Middleware {
  /** Around `send`: the handler and its events. What it answers is the answer of `send`. */
  request?(
    request: Request<unknown>,
    next: Next<Request<unknown>, Promise<unknown>>,
    context: MiddlewareContext,
  ): unknown;
  /**
   * Around `stream`, once per stream, when the first item is asked for. It answers with what `next` gave it, which
   * costs nothing per item, or with any async iterable. An item that comes out of `next()` has had its events handled
   * (rule S3).
   *
   * An iterator written by hand passes `return` and `throw` on to the one it wraps; an async generator with
   * `for await` does so by itself.
   */
  stream?(
    request: Request<unknown>,
    next: Next<Request<unknown>, AsyncIterable<unknown>>,
    context: MiddlewareContext,
  ): AsyncIterable<unknown>;
  /** Around each run of an event handler, and around each publishing to the broker. What it answers is ignored. */
  event?(event: Event, next: Next<Event, Promise<unknown>>, context: MiddlewareContext): unknown;
}
