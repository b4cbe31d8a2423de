import { describe } from "../errors/describe.js";
import type { Class } from "../messages/class.js";
import { Fallback } from "./fallback-handler.js";
import { InvalidHandlerError } from "./handler-errors.js";

/** What a handler can do, as far as can be seen before it runs; `"any"` for a plain function. */
export type HandlerKind = "request" | "stream" | "chain" | "event" | "any";

const brand = Symbol.for("sluice.handler");

/** Marks a base class of handlers with its kind. */
export function markHandlerClass(prototype: object, kind: HandlerKind): void {
  Object.defineProperty(prototype, brand, { value: kind });
}

/** A class, by its syntax or by a `handle` in its prototype; a function otherwise. */
export function isClass(value: unknown): value is Class<object> {
  if (typeof value !== "function") return false;
  return isHandlerObject(value.prototype) || /^class\b/.test(Function.prototype.toString.call(value));
}

export function isHandlerObject(value: unknown): value is { handle: (...given: never[]) => unknown } {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { handle?: unknown }).handle === "function"
  );
}

/** Sees what kind of handler was given; throws where it is none. */
export function handlerKind(handler: unknown): HandlerKind {
  if (handler instanceof Fallback) return handler.kind;
  const target = isClass(handler) ? handler.prototype : handler;
  if (isHandlerObject(target)) {
    return (target as { [brand]?: HandlerKind })[brand] ?? functionKind(target.handle, handler);
  }
  if (typeof target === "function") return functionKind(target, handler);
  throw new InvalidHandlerError(
    `${describe(handler)} is no handler: expected a class or an object with a handle() method, a function, or fallback(…).` +
      (typeof handler === "function" ? " Write handle as a method of the class, not as a field." : ""),
    handler,
  );
}

/** Whether it extends one of the base classes for requests; an async function, for one, may handle events too. */
export function isForRequests(handler: unknown): boolean {
  if (handler instanceof Fallback) return isForRequests(handler.primary) || isForRequests(handler.secondary);
  const { [brand]: kind } = (isClass(handler) ? handler.prototype : handler) as { [brand]?: HandlerKind };
  return kind !== undefined && kind !== "event";
}

function functionKind(handle: object, handler: unknown): HandlerKind {
  switch ((handle as { [Symbol.toStringTag]?: string })[Symbol.toStringTag]) {
    case "AsyncGeneratorFunction":
      return "stream";
    case "AsyncFunction":
      return "request";
    case "GeneratorFunction":
      throw new InvalidHandlerError(
        `${describe(handler)} is a generator that is not async: expected async *handle() for a stream, or async handle().`,
        handler,
      );
    default:
      return "any";
  }
}
