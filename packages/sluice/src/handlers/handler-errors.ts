import { classNameOf, describe, nameOf } from "../errors/describe.js";
import { reasonOf } from "../errors/reason.js";
import { SluiceError } from "../errors/sluice-error.js";
import { eventKind } from "../messages/event.js";
import { isRequest } from "../messages/request.js";

/** What was emitted or published is no event, or what was bound is not the class of a domain event. */
export class InvalidEventError extends SluiceError {
  readonly code = "SLUICE_INVALID_EVENT";
  constructor(
    readonly given: unknown,
    by: string,
  ) {
    const expected =
      by === "EventMap.bind"
        ? `a class that extends DomainEvent.${adviceOnClass(given)}`
        : `an instance of a class that extends DomainEvent or NotificationEvent.${adviceOnEvent(given)}`;
    super(`${by} got ${describe(given)}; expected ${expected}`);
  }
}

function adviceOnEvent(given: unknown): string {
  if (Array.isArray(given)) return " Give events one by one.";
  if (isRequest(given)) return " Requests go to send() or stream().";
  const isClass = typeof given === "function" && eventKind(given.prototype) !== undefined;
  return isClass ? ` Write new ${given.name}(…).` : "";
}

function adviceOnClass(given: unknown): string {
  if (eventKind(given) !== undefined) return ` Bind the class itself: ${classNameOf(given as object)}.`;
  if (typeof given !== "function") return "";
  if (isRequest(given.prototype)) return " Bind requests in commandsMapper or queriesMapper.";
  return eventKind(given.prototype) === undefined
    ? ""
    : " A notification event goes to the message broker; for handlers here emit a domain event.";
}

/** A notification event was emitted, and the mediator has no message broker to take it. */
export class NoBrokerError extends SluiceError {
  readonly code = "SLUICE_NO_BROKER";
  constructor(readonly event: object) {
    super(
      `${describe(event)} is a notification event, but the mediator has no message broker. ` +
        "Give bootstrap a messageBroker; DevNullMessageBroker discards events on purpose.",
    );
  }
}

/** An event was emitted when no handler run could take it. */
export class EmitOutsideHandlerError extends SluiceError {
  readonly code = "SLUICE_EMIT_OUTSIDE_HANDLER";
  constructor(
    readonly event: unknown,
    readonly handler: string,
  ) {
    super(
      `${describe(event)} was emitted after ${handler} had ended, so nobody would handle it. ` +
        "Await that work in the handler.",
    );
  }
}

/** A class was resolved when the scope of the handler had closed, so that nobody would close what it opens. */
export class ResolveOutsideHandlerError extends SluiceError {
  readonly code = "SLUICE_RESOLVE_OUTSIDE_HANDLER";
  constructor(
    readonly token: { readonly name: string },
    readonly handler: string,
  ) {
    super(
      `${nameOf(token)} was resolved after ${handler} had ended, and its scope with it. ` +
        "Await that work in the handler.",
    );
  }
}

/** One instance serves several dispatches at the same moment, so `this` cannot tell whose event it is (rule S2). */
export class SharedHandlerError extends SluiceError {
  readonly code = "SLUICE_HANDLER_SHARED";
  constructor(readonly handler: string) {
    super(
      `${handler} is one instance that serves several dispatches at this moment; its own emit, events and next cannot ` +
        "tell them apart. Use context.emit (context.next in a chain), or a transient or scoped lifetime in the container.",
    );
  }
}

/** What was bound as a handler is none, or cannot be constructed as it is. */
export class InvalidHandlerError extends SluiceError {
  readonly code = "SLUICE_INVALID_HANDLER";
  constructor(
    message: string,
    readonly handler: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A handler could not be made: the container does not know it, or its constructor threw. */
export class HandlerConstructionError extends SluiceError {
  readonly code = "SLUICE_HANDLER_CONSTRUCTION";
  constructor(
    readonly handler: { readonly name: string },
    how: "constructed" | "resolved from the container",
    override readonly cause: unknown,
  ) {
    const why = reasonOf(cause);
    const advice =
      how === "constructed"
        ? "Look at its constructor, or give bootstrap a container that knows what it needs."
        : "Register it in the container, with all that it needs.";
    super(`${describe(handler)} could not be ${how}: ${why.replace(/\.$/, "")}. ${advice}`, { cause });
  }
}

/** A handler of one kind was bound or used where another is needed. */
export class WrongHandlerKindError extends SluiceError {
  readonly code = "SLUICE_WRONG_HANDLER_KIND";
  constructor(
    message: string,
    readonly handler: string,
    readonly request: string,
  ) {
    super(message);
  }
}
