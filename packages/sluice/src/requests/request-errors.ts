import { describe, nameOf } from "../errors/describe.js";
import { SluiceError } from "../errors/sluice-error.js";

/** What was sent, streamed or bound is no request. */
export class InvalidRequestError extends SluiceError {
  readonly code = "SLUICE_INVALID_REQUEST";
  constructor(
    readonly given: unknown,
    by: string,
  ) {
    super(`${by} got ${describe(given)}; expected a request. Extend Command, Query or Request.`);
  }
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
        `map.bind(${request.constructor.name}, …).`,
    );
  }
}
