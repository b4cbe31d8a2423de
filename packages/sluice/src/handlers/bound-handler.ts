import type { Container } from "../containers/container.js";
import { classNameOf, describe, nameOf } from "../errors/describe.js";
import type { Class } from "../messages/class.js";
import { callWithFallback } from "./call-with-fallback.js";
import { isCollecting } from "./collecting-handler.js";
import { attach, EmittingHandler } from "./emitting-handler.js";
import { Fallback } from "./fallback-handler.js";
import type { HandlerContext } from "./handler-context.js";
import { HandlerConstructionError, InvalidHandlerError } from "./handler-errors.js";
import { isClass, isHandlerObject } from "./handler-kind.js";
import type { HandlerRun } from "./handler-run.js";
import { streamWithFallback } from "./stream-with-fallback.js";

/** A handler made ready at bootstrap, so that a dispatch is a call. */
export interface BoundHandler {
  readonly name: string;
  /** Runs the handler; answers or throws as it does. */
  call(run: HandlerRun): unknown;
  /** Runs a streaming handler; gives what should be an async iterable, or a promise of it. */
  open(run: HandlerRun): unknown;
}

type HandleFunction = (message: object, context: HandlerContext) => unknown;

interface HandlerObject {
  handle: HandleFunction;
}

/** Makes a handler ready: a class, an object with `handle`, a function, or a fallback of these. */
export function bindHandler(handler: unknown, container: Container | undefined): BoundHandler {
  if (handler instanceof Fallback) {
    const primary = bindHandler(handler.primary, container);
    const secondary = bindHandler(handler.secondary, container);
    return {
      name: primary.name,
      call: (run) => callWithFallback(run, primary, secondary, handler),
      open: (run) => streamWithFallback(run, primary, secondary, handler),
    };
  }
  const call = callerOf(handler, container);
  return { name: handlerName(handler), call, open: call };
}

function callerOf(handler: unknown, container: Container | undefined): (run: HandlerRun) => unknown {
  if (isClass(handler)) {
    const HandlerClass = handler as Class<HandlerObject>;
    return container === undefined ? callNew(HandlerClass) : callResolved(HandlerClass);
  }
  if (typeof handler === "function") return (run) => (handler as HandleFunction)(run.message, run);
  return (run) => {
    const instance = handler as HandlerObject;
    run.serve(instance);
    return instance.handle(run.message, run);
  };
}

function callNew(HandlerClass: Class<HandlerObject>): (run: HandlerRun) => unknown {
  if (HandlerClass.length > 0) {
    throw new InvalidHandlerError(
      `${nameOf(HandlerClass)} takes ${HandlerClass.length} constructor argument(s), and the mediator has no container ` +
        "to give them. Pass a container to bootstrap, or bind an instance or a function.",
      HandlerClass,
    );
  }
  // What the first instance shows holds for all: an instance made for one run only has to know that run.
  let tie: ((instance: object, run: HandlerRun) => void) | undefined;
  return (run) => {
    const instance = construct(HandlerClass);
    tie ??= tieOf(instance);
    tie(instance, run);
    return instance.handle(run.message, run);
  };
}

function construct(HandlerClass: Class<HandlerObject>): HandlerObject {
  try {
    return new HandlerClass();
  } catch (error) {
    throw new HandlerConstructionError(HandlerClass, "constructed", error);
  }
}

function tieOf(instance: object): (instance: object, run: HandlerRun) => void {
  if (isCollecting(instance)) return (each, run) => run.serve(each);
  return instance instanceof EmittingHandler ? (each, run) => attach(each as EmittingHandler, run) : () => {};
}

function callResolved(HandlerClass: Class<HandlerObject>): (run: HandlerRun) => unknown {
  const use = (instance: HandlerObject, run: HandlerRun) => {
    if (!isHandlerObject(instance)) {
      const given = describe(instance);
      throw new HandlerConstructionError(
        HandlerClass,
        "resolved from the container",
        new TypeError(`it gave ${given}, without handle()`),
      );
    }
    run.serve(instance);
    return instance.handle(run.message, run);
  };
  const refuse = (error: unknown) => {
    throw new HandlerConstructionError(HandlerClass, "resolved from the container", error);
  };
  return (run) => {
    let resolved: HandlerObject | Promise<HandlerObject>;
    try {
      resolved = (run.scope as Container).resolve(HandlerClass);
    } catch (error) {
      return refuse(error);
    }
    if (!(resolved instanceof Promise)) return use(resolved, run);
    return resolved.then((instance) => use(instance, run), refuse);
  };
}

function handlerName(handler: unknown): string {
  if (typeof handler === "function") return handler.name || "an anonymous handler";
  const name = classNameOf(handler as object);
  return name === "Object" ? "a plain handler object" : name;
}
