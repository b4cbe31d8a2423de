import { classNameOf, describe, nameOf } from "../errors/describe.js";
import { SluiceError } from "../errors/sluice-error.js";
import { WrongHandlerKindError } from "../handlers/handler-errors.js";
import { eventKind } from "../messages/event.js";
import { isRequest } from "../messages/request.js";

/** What was sent or streamed is no request, or what was bound is not the class of one. */
export class InvalidRequestError extends SluiceError {
  readonly code = "SLUICE_INVALID_REQUEST";
  constructor(
    readonly given: unknown,
    by: string,
  ) {
    const binds = by === "RequestMap.bind";
    super(
      `${by} got ${describe(given)}; expected ${binds ? "a class" : "an instance of a class"} that extends ` +
        `Command, Query or Request.${binds ? adviceOnClass(given) : adviceOnRequest(given)}`,
    );
  }
}

function adviceOnRequest(given: unknown): string {
  if (eventKind(given) !== undefined) return " Events go to publish().";
  return typeof given === "function" && isRequest(given.prototype) ? ` Write new ${given.name}(…).` : "";
}

function adviceOnClass(given: unknown): string {
  if (isRequest(given)) return ` Bind the class itself: ${classNameOf(given)}.`;
  const kind = typeof given === "function" ? eventKind(given.prototype) : undefined;
  if (kind === undefined) return "";
  return kind === "domain"
    ? " Bind events in domainEventsMapper."
    : " A notification event goes to the message broker and is not bound.";
}

/** A request class was bound twice (rule R2). */
export class DuplicateHandlerError extends SluiceError {
  readonly code = "SLUICE_DUPLICATE_HANDLER";
  constructor(
    readonly requestClass: { readonly name: string },
    readonly existing: unknown,
    readonly given: unknown,
  ) {
    super(
      `${nameOf(requestClass)} has a handler already: ${describe(existing)}; ${describe(given)} is a second one. ` +
        "A request has one handler; bind a list for a chain of responsibility.",
    );
  }
}

/** Nothing is bound to the class of a request. */
export class NoHandlerError extends SluiceError {
  readonly code = "SLUICE_NO_HANDLER";
  constructor(readonly request: object) {
    super(
      `${describe(request)} has no handler. Bind one in commandsMapper or queriesMapper: ` +
        `map.bind(${classNameOf(request)}, …).`,
    );
  }
}

export function cannotAnswer(handler: string, request: string): WrongHandlerKindError {
  return new WrongHandlerKindError(
    `${handler} streams ${request} and cannot answer send(). Use stream(), or return one response from handle().`,
    handler,
    request,
  );
}
