import { describe, nameOf } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { SluiceError } from "../errors/sluice-error.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { InvalidHandlerError, WrongHandlerKindError } from "../handlers/handler-errors.js";
import { type HandlerKind, handlerKind } from "../handlers/handler-kind.js";
import type { FallbackOf, HandlerShape } from "../handlers/handler-shape.js";
import type { Class } from "../messages/class.js";
import { isRequest, type Request, type ResponseOf } from "../messages/request.js";
import type { ChainContext } from "./chained-request-handler.js";
import { DuplicateHandlerError, InvalidRequestError } from "./request-errors.js";

type Answer<Req> = ResponseOf<Req> | Promise<ResponseOf<Req>>;

interface AnsweringHandler<Req extends Request<unknown>> {
  readonly handle: (request: Req, context: HandlerContext) => Answer<Req>;
}

interface StreamingHandler<Req extends Request<unknown>> {
  readonly handle: (request: Req, context: HandlerContext) => AsyncIterable<ResponseOf<Req>>;
}

/** Anything that answers a request by `handle(request, context)`: with a response, or with a stream of items. */
export interface RequestHandlerLike<Req extends Request<unknown>> {
  readonly handle: (request: Req, context: HandlerContext) => Answer<Req> | AsyncIterable<ResponseOf<Req>>;
}

/**
 * What may be bound to a request: a class, an object with `handle`, a function, or a `fallback(…)` of these that all
 * answer once or all stream.
 */
export type RequestHandlerFor<Req extends Request<unknown>> =
  | HandlerShape<RequestHandlerLike<Req>>
  | FallbackOf<AnsweringHandler<Req>>
  | FallbackOf<StreamingHandler<Req>>;

interface ChainLink<Req extends Request<unknown>> {
  readonly handle: (request: Req, context: ChainContext<Req>) => Answer<Req>;
}

/** A link of a chain of responsibility; see {@link ChainedRequestHandler}. */
export type ChainLinkFor<Req extends Request<unknown>> =
  | HandlerShape<ChainLink<Req>>
  | FallbackOf<ChainLink<Req>>;

export interface ChainOptions<Req extends Request<unknown>> {
  /** Answers when every link has passed the request on; left out, that is an error. */
  readonly default?: ChainLinkFor<Req>;
}

/** A handler as it was bound. */
export interface RequestBinding {
  readonly requestClass: Class<Request<unknown>>;
  readonly kind: HandlerKind;
  /** One handler, or the links of a chain. */
  readonly handler: unknown;
  readonly fallThrough: unknown;
}

/**
 * What may be bound to a request class. A conditional type is worked out before the compiler looks into a function in
 * place, which so knows its response: a literal in it stays one, and does not become a string.
 */
type Bindable<RequestClass> =
  RequestClass extends Class<infer Req extends Request<unknown>>
    ? {
        readonly handler: RequestHandlerFor<Req>;
        readonly chain: readonly ChainLinkFor<Req>[];
        readonly options: ChainOptions<Req>;
      }
    : never;

/** Which handler answers which request: one for each. */
export class RequestMap {
  readonly #bindings = new Map<object, RequestBinding>();

  /**
   * Binds the one handler of a request class, or a list of them: a chain of responsibility (rule R4).
   *
   * @throws {DuplicateHandlerError} the class has a handler already.
   * @throws {InvalidRequestError} the class is no request's.
   * @throws {WrongHandlerKindError} the handler is one for events, or cannot be a link of a chain.
   * @throws {InvalidHandlerError} the handler is none, or the chain has no link.
   */
  bind<RequestClass extends Class<Request<unknown>>>(
    requestClass: RequestClass,
    handler: Bindable<RequestClass>["handler" | "chain"],
  ): this;
  bind<RequestClass extends Class<Request<unknown>>>(
    requestClass: RequestClass,
    chain: Bindable<RequestClass>["chain"],
    options: Bindable<RequestClass>["options"] | undefined,
  ): this;
  bind(requestClass: Class<never>, handler: unknown, options: { readonly default?: unknown } = {}): this {
    if (typeof requestClass !== "function" || !isRequest(requestClass.prototype)) {
      throw new InvalidRequestError(requestClass, "RequestMap.bind");
    }
    const existing = this.#bindings.get(requestClass.prototype);
    if (existing !== undefined) throw new DuplicateHandlerError(requestClass, existing.handler, handler);
    if (typeof options !== "object" || options === null) {
      throw new InvalidOptionError("RequestMap.bind options", options, "an object");
    }
    if (options.default !== undefined && !Array.isArray(handler)) {
      const expected = "nothing beside a single handler";
      const advice = "Only a chain, bound as a list, passes a request on to its default.";
      throw new InvalidOptionError("RequestMap.bind default", options.default, expected, advice);
    }
    const kind = Array.isArray(handler)
      ? chainKind(handler, options.default, requestClass)
      : handlerKind(handler);
    if (kind === "event") throw wrongKind(handler, "an event handler", requestClass);
    if (kind === "chain" && !Array.isArray(handler)) {
      throw wrongKind(handler, "a link of a chain, which is bound in a list of them", requestClass);
    }
    this.#bindings.set(requestClass.prototype, { requestClass, kind, handler, fallThrough: options.default });
    return this;
  }

  /** All bindings, in the order they were made. */
  get bindings(): Iterable<RequestBinding> {
    return this.#bindings.values();
  }
}

function chainKind(
  links: readonly unknown[],
  fallThrough: unknown,
  requestClass: Class<unknown>,
): HandlerKind {
  if (links.length === 0) {
    throw new InvalidHandlerError(
      `The chain for ${nameOf(requestClass)} has no link; expected at least one.`,
      links,
    );
  }
  for (const link of fallThrough === undefined ? links : [...links, fallThrough]) {
    const kind = handlerKind(link);
    if (kind === "stream" || kind === "event") {
      throw wrongKind(
        link,
        kind === "stream" ? "a streaming handler, which cannot be a link of a chain" : "an event handler",
        requestClass,
      );
    }
  }
  return "chain";
}

function wrongKind(handler: unknown, what: string, requestClass: Class<unknown>): SluiceError {
  return new WrongHandlerKindError(
    `${describe(handler)} is ${what}; it was bound to the request ${nameOf(requestClass)}.`,
    describe(handler),
    requestClass.name,
  );
}
