import type { MessageBroker } from "../brokers/message-broker.js";
import type { Container } from "../containers/container.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { EventFailure } from "../events/event-errors.js";
import type { EventMap } from "../events/event-map.js";
import type { EventErrorAction, EventSettled } from "../events/event-processor.js";
import type { Logger } from "../handlers/logger.js";
import type { ScopeMode } from "../handlers/runtime.js";
import type { Middleware } from "../middleware/middleware.js";
import type { RequestMap } from "../requests/request-map.js";
import { ScopeUnsupportedError } from "./mediator-errors.js";

export interface BootstrapOptions {
  /**
   * Where handler classes come from; without one they are constructed without arguments.
   */
  readonly container?: Container | undefined;
  /** Binds commands to their handlers. */
  readonly commandsMapper?: ((map: RequestMap) => unknown) | undefined;
  /** Binds queries to their handlers. */
  readonly queriesMapper?: ((map: RequestMap) => unknown) | undefined;
  /** Binds domain events to their handlers. */
  readonly domainEventsMapper?: ((map: EventMap) => unknown) | undefined;
  /** Takes notification events. Whoever made it closes it. */
  readonly messageBroker?: MessageBroker | undefined;
  /** Runs around every dispatch; the first is the outermost. */
  readonly middlewares?: readonly Middleware[] | undefined;
  /**
   * Runs once, before the first dispatch, which waits for it; when it fails, every dispatch fails with it. It must not
   * await a dispatch of the same mediator, which would wait for it in turn: send what belongs to the start after
   * `bootstrap`.
   */
  readonly onStartup?: (() => unknown) | undefined;
  /**
   * How many event handlers (and publishings to the broker) run at the same moment, over all dispatches of the
   * mediator. A whole number from 1 up, or `Infinity`.
   * @default 10
   */
  readonly maxConcurrentEventHandlers?: number | undefined;
  /**
   * Whether the event handlers of a dispatch run in parallel; `false`: one at a time, breadth first (rule E3).
   * @default true
   */
  readonly concurrentEventHandleEnable?: boolean | undefined;
  /**
   * What becomes of event handlers that failed, once all have settled: `"throw"` fails the dispatch with one
   * {@link EventHandlingError}, `"report"` tells the logger, a function decides for each.
   * @default "throw"
   */
  readonly onEventError?: EventErrorAction | ((failure: EventFailure) => EventErrorAction) | undefined;
  /** Told what became of every event at every handler; nothing is measured without it. */
  readonly onEventSettled?: ((settled: EventSettled) => void) | undefined;
  /**
   * How long a chain of follow-ups may be. A whole number from 1 up. What a handler sends is a dispatch of its own, and
   * begins a chain of its own.
   * @default 100
   */
  readonly maxFollowUpDepth?: number | undefined;
  /**
   * `"handler"`: each run of a handler in a scope of its own. `"dispatch"`: one unit of work for a request, its
   * fallback and its event handlers, which then run one at a time. `"none"`: no scopes.
   * @default "handler" where the container can open scopes, else "none"
   */
  readonly scope?: ScopeMode | undefined;
  /**
   * How a handler is known as the sender of what it sends: `"auto"`, also through any reference to the mediator
   * where the runtime has AsyncLocalStorage; `"context"`, through `context.mediator` only, which is faster.
   * @default "auto"
   */
  readonly reentrancy?: "auto" | "context" | undefined;
  /**
   * How long a stream's `return()` and the mediator's `close()` wait for clean-up, in milliseconds. From 1 to
   * 2,147,483,647.
   * @default 10_000
   */
  readonly closeTimeoutMs?: number | undefined;
  /** @default console */
  readonly logger?: Logger | undefined;
}

/** Refuses every option outside its range, before anything is made. */
export function checkOptions(options: BootstrapOptions): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidOptionError("bootstrap(options)", options, "an object with options");
  }
  for (const name of [
    "commandsMapper",
    "queriesMapper",
    "domainEventsMapper",
    "onStartup",
    "onEventSettled",
  ] as const) {
    check(options, name, "a function", (value) => typeof value === "function");
  }
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
  check(options, "maxConcurrentEventHandlers", "a whole number from 1 up, or Infinity", (value) => {
    return isCount(value) || value === Number.POSITIVE_INFINITY;
  });
  check(options, "maxFollowUpDepth", "a whole number from 1 up", isCount);
  check(options, "closeTimeoutMs", "milliseconds from 1 to 2,147,483,647", (value) => {
    return typeof value === "number" && value >= 1 && value <= 2_147_483_647;
  });
  check(options, "concurrentEventHandleEnable", "true or false", (value) => typeof value === "boolean");
  check(options, "scope", '"handler", "dispatch" or "none"', (value) => {
    return value === "handler" || value === "dispatch" || value === "none";
  });
  check(options, "reentrancy", '"auto" or "context"', (value) => value === "auto" || value === "context");
  check(options, "onEventError", '"throw", "report" or a function', (value) => {
    return value === "throw" || value === "report" || typeof value === "function";
  });
  check(options, "container", "an object with resolve(), and createScope() where it has scopes", (value) => {
    return hasMethods(value, ["resolve"]) && isMethodOrNone((value as Container).createScope);
  });
  check(options, "messageBroker", "an object with publish()", (value) => hasMethods(value, ["publish"]));
  check(options, "logger", "an object with debug(), info(), warn() and error()", (value) => {
    return hasMethods(value, ["debug", "info", "warn", "error"]);
  });
  check(options, "middlewares", "a list of middlewares", Array.isArray);
  for (const [index, given] of options.middlewares?.entries() ?? []) {
    checkValue(`middlewares[${index}]`, given, "an object with request(), stream() or event()", isMiddleware);
  }
  checkScope(options);
}

function check(
  options: BootstrapOptions,
  name: keyof BootstrapOptions,
  expected: string,
  fits: (value: unknown) => boolean,
): void {
  if (options[name] !== undefined) checkValue(name, options[name], expected, fits);
}

function checkValue(name: string, value: unknown, expected: string, fits: (value: unknown) => boolean): void {
  if (fits(value)) return;
  const isClass = typeof value === "function" && fits(value.prototype);
  const advice = isClass ? `Give an instance: new ${value.name}(…).` : "";
  throw new InvalidOptionError(name, value, expected, advice);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

function isMethodOrNone(value: unknown): boolean {
  return value === undefined || typeof value === "function";
}

function isMiddleware(value: unknown): boolean {
  const kinds = ["request", "stream", "event"] as const;
  if (!kinds.some((kind) => hasMethods(value, [kind]))) return false;
  return kinds.every((kind) => isMethodOrNone((value as Middleware)[kind]));
}

function checkScope({ scope, container, concurrentEventHandleEnable }: BootstrapOptions): void {
  if (scope !== "handler" && scope !== "dispatch") return;
  if (container?.createScope === undefined) throw new ScopeUnsupportedError(scope, container !== undefined);
  if (scope === "dispatch" && concurrentEventHandleEnable === true) {
    throw new InvalidOptionError(
      "concurrentEventHandleEnable",
      true,
      'false or nothing beside scope: "dispatch"',
      "Event handlers that share one unit of work run one at a time (rule U2).",
    );
  }
}
