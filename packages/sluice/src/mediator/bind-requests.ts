import type { Container } from "../containers/container.js";
import { describe, nameOf } from "../errors/describe.js";
import { type BoundHandler, bindHandler } from "../handlers/bound-handler.js";
import { WrongHandlerKindError } from "../handlers/handler-errors.js";
import { bindChain } from "../requests/chain.js";
import type { RequestBinding, RequestMap } from "../requests/request-map.js";

/** A request's handler, made ready. */
export interface BoundRequest {
  /** Whether it can be sent; a plain function can be both, and shows which when it runs. */
  readonly answers: boolean;
  /** Whether it can be streamed. */
  readonly streams: boolean;
  readonly handler: BoundHandler;
}

/** Makes all handlers ready, by the prototype of their request: a field named `constructor` must not send one astray. */
export function bindRequests(map: RequestMap, container: Container | undefined): Map<object, BoundRequest> {
  const bound = new Map<object, BoundRequest>();
  for (const binding of map.bindings) {
    const { kind, requestClass } = binding;
    const answers = kind !== "stream";
    const streams = kind === "stream" || kind === "any";
    bound.set(requestClass.prototype, { answers, streams, handler: bind(binding, container) });
  }
  return bound;
}

function bind({ handler, fallThrough }: RequestBinding, container: Container | undefined): BoundHandler {
  if (!Array.isArray(handler)) return bindHandler(handler, container);
  const links = handler.map((link) => bindHandler(link, container));
  return bindChain(links, fallThrough === undefined ? undefined : bindHandler(fallThrough, container));
}

/** A mediator that only streams can use streaming handlers only (rule S12). */
export function requireStreaming(map: RequestMap): void {
  for (const { kind, handler, requestClass } of map.bindings) {
    if (kind === "request" || kind === "chain") throw cannotStream(handler, nameOf(requestClass));
  }
}

export function cannotStream(handler: unknown, request: string): WrongHandlerKindError {
  const name = typeof handler === "string" ? handler : describe(handler);
  return new WrongHandlerKindError(
    `${name} cannot stream ${request}: it answers once. Write async *handle() with yield, or use send().`,
    name,
    request,
  );
}
