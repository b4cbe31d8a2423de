import type { MessageBroker } from "../brokers/message-broker.js";
import type { Container } from "../containers/container.js";
import { classNameOf } from "../errors/describe.js";
import { bindHandler } from "../handlers/bound-handler.js";
import { NoBrokerError } from "../handlers/handler-errors.js";
import type { Logger } from "../handlers/logger.js";
import { eventKind } from "../messages/event.js";
import type { NotificationEvent } from "../messages/notification-event.js";
import type { Layer } from "../middleware/onion.js";
import type { EventBinding } from "./event-map.js";
import type { EventRoute } from "./event-route.js";
import { KeyLanes } from "./key-lanes.js";
import { LaneWaits } from "./lane-waits.js";
import { publishTo } from "./publish-to.js";
import { withMiddleware } from "./with-middleware.js";

export interface EventEmitterOptions {
  readonly bindings: readonly EventBinding[];
  readonly container: Container | undefined;
  readonly messageBroker: MessageBroker | undefined;
  readonly layers: readonly Layer<Promise<unknown>>[];
  readonly logger: Logger;
}

/** Knows where an event goes: a domain event to its handlers, a notification event to the broker (rule E1). */
export class EventEmitter {
  readonly #options: EventEmitterOptions;
  readonly #bound: readonly { readonly prototype: object; readonly route: EventRoute }[];
  readonly #broker: readonly EventRoute[] | undefined;
  /** Looked up once per class, by its prototype: a field named `constructor` must not send an event astray. */
  readonly #routes = new Map<object, readonly EventRoute[]>();

  #lastPrototype: object | undefined;
  #lastRoutes: readonly EventRoute[] = [];

  /**
   * Whether events of one key may have to wait for each other. What a handler sends must be known as its own then,
   * not as its batch's, so that nobody waits in a circle (rule E5).
   */
  readonly keepsOrder: boolean;

  constructor(options: EventEmitterOptions) {
    this.#options = options;
    const { bindings, container, messageBroker, layers } = options;
    this.keepsOrder = messageBroker !== undefined || bindings.some(({ orderBy }) => orderBy !== undefined);
    const waits = new LaneWaits();
    this.#bound = bindings.map(({ eventClass, handler, orderBy }) => {
      const { name, call } = bindHandler(handler, container);
      const lanes = orderBy && new KeyLanes(orderBy, waits);
      return {
        prototype: eventClass.prototype,
        route: { name, lanes, invoke: withMiddleware(layers, call) },
      };
    });
    if (messageBroker !== undefined) {
      const lanes = new KeyLanes(
        (event: NotificationEvent) => event.key && `${event.topic}\n${event.key}`,
        waits,
      );
      const invoke = withMiddleware(layers, publishTo(messageBroker));
      this.#broker = [{ name: "MessageBroker", lanes, invoke }];
    }
  }

  routesFor(event: object): readonly EventRoute[] {
    const prototype = Object.getPrototypeOf(event);
    // A stream mostly emits what it emitted last.
    if (prototype === this.#lastPrototype) return this.#lastRoutes;
    this.#lastRoutes = this.#routes.get(prototype) ?? this.#findRoutes(event, prototype);
    this.#lastPrototype = prototype;
    return this.#lastRoutes;
  }

  /** Whether a domain event has a handler. */
  isBound(event: object): boolean {
    const prototype = Object.getPrototypeOf(event);
    return this.#bound.some((binding) => isFor(binding.prototype, prototype));
  }

  #findRoutes(event: object, prototype: object): readonly EventRoute[] {
    let routes: readonly EventRoute[];
    if (eventKind(event) === "notification") {
      if (this.#broker === undefined) throw new NoBrokerError(event);
      routes = this.#broker;
    } else {
      routes = this.#bound.filter((binding) => isFor(binding.prototype, prototype)).map(({ route }) => route);
      if (routes.length === 0) {
        const name = classNameOf(event);
        this.#options.logger.warn(
          { event: name },
          `${name} has no handler; it was emitted, and nothing handled it.`,
        );
      }
    }
    this.#routes.set(prototype, routes);
    return routes;
  }
}

/** Whether what is bound to one class is meant for events of another. */
function isFor(bound: object, prototype: object): boolean {
  return bound === prototype || Object.prototype.isPrototypeOf.call(bound, prototype);
}
