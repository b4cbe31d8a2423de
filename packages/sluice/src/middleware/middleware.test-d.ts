import { describe, expectTypeOf, it } from "vitest";
import type { ContextMediator } from "../handlers/context-mediator.js";
import type { Logger } from "../handlers/logger.js";
import { bootstrap } from "../mediator/bootstrap.js";
import type { Event } from "../messages/event.js";
import type { Metadata } from "../messages/metadata.js";
import type { Request } from "../messages/request.js";
import { logging } from "./logging.js";
import type { Middleware, MiddlewareContext, Next } from "./middleware.js";
import { retry } from "./retry.js";
import { timeout } from "./timeout.js";
import { validation } from "./validation.js";

describe("a middleware written in the list of bootstrap", () => {
  it("infers what it is given", () => {
    bootstrap({
      middlewares: [
        {
          async request(request, next, context) {
            expectTypeOf(request).toEqualTypeOf<Request<unknown>>();
            expectTypeOf(next).toEqualTypeOf<Next<Request<unknown>, Promise<unknown>>>();
            expectTypeOf(context).toEqualTypeOf<MiddlewareContext>();
            expectTypeOf(context.metadata).toEqualTypeOf<Metadata>();
            expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
            expectTypeOf(context.mediator).toEqualTypeOf<ContextMediator>();
            expectTypeOf(context.logger).toEqualTypeOf<Logger>();
            expectTypeOf(context.handlerName).toEqualTypeOf<string>();
            expectTypeOf(await next()).toEqualTypeOf<unknown>();
            return next(request, { signal: AbortSignal.timeout(1), metadata: { headers: { a: "b" } } });
          },
          async *stream(request, next, context) {
            expectTypeOf(request).toEqualTypeOf<Request<unknown>>();
            expectTypeOf(context).toEqualTypeOf<MiddlewareContext>();
            for await (const item of next()) {
              expectTypeOf(item).toEqualTypeOf<unknown>();
              yield item;
            }
          },
          event: (event, next, context) => {
            expectTypeOf(event).toEqualTypeOf<Event>();
            expectTypeOf(context).toEqualTypeOf<MiddlewareContext>();
            return next(event);
          },
        },
        { request: (_request, next) => next() },
        { stream: (_request, next) => next() },
        { event() {} },
      ],
    });
  });

  it("refuses what is no middleware", () => {
    bootstrap({
      middlewares: [
        // @ts-expect-error: no such kind
        { send: () => 1 },
        // @ts-expect-error: a promise of a stream is no stream
        { stream: async (_request, next) => next() },
        // @ts-expect-error: a stream is no list
        { stream: () => [] },
        // @ts-expect-error: next takes a request
        { request: (_request, next) => next("text") },
        // @ts-expect-error: a signal is an AbortSignal
        { request: (request, next) => next(request, { signal: "now" }) },
        // @ts-expect-error: emitting is for handlers
        { request: (_request, _next, context) => context.emit },
      ],
    });
  });
});

describe("the middlewares of the library", () => {
  it("are middlewares, of all kinds where that does not depend on an option", () => {
    expectTypeOf(timeout(1)).toEqualTypeOf<Middleware>();
    expectTypeOf(logging()).toEqualTypeOf<Required<Middleware>>();
    expectTypeOf(retry({ attempts: 2 })).toEqualTypeOf<Required<Middleware>>();
    expectTypeOf(validation()).toEqualTypeOf<Required<Middleware>>();
    bootstrap({ middlewares: [logging(), timeout(1), retry({ attempts: 2 }), validation()] });
  });

  it("take their members one by one", () => {
    const { event } = retry({ attempts: 2 });
    bootstrap({
      middlewares: [
        {
          event,
          request: (request, next, context) => retry({ attempts: 2 }).request(request, next, context),
        },
      ],
    });
  });

  it("refuse other options", () => {
    // @ts-expect-error: attempts must be given
    retry({});
    // @ts-expect-error: no such level
    logging({ level: "trace" });
    // @ts-expect-error: no such limit
    timeout({ stream: 1 });
    // @ts-expect-error: no schema
    validation({ schemas: [[Date, {}]] });
  });
});
