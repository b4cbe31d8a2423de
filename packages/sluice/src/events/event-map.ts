import { describe, nameOf } from "../errors/describe.js";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import type { HandlerContext } from "../handlers/handler-context.js";
import { InvalidEventError, WrongHandlerKindError } from "../handlers/handler-errors.js";
import { handlerKind, isForRequests } from "../handlers/handler-kind.js";
import type { FallbackOf, HandlerShape } from "../handlers/handler-shape.js";
import type { AbstractClass } from "../messages/class.js";
import { DomainEvent } from "../messages/domain-event.js";
import { eventKind } from "../messages/event.js";

/** Anything that handles an event by `handle(event, context)`. */
export interface EventHandlerLike<E> {
  readonly handle: (event: E, context: HandlerContext) => unknown;
}

/** What may be bound to an event: a class, an object with `handle`, a function, or a `fallback(…)` of these. */
export type EventHandlerFor<E> = HandlerShape<EventHandlerLike<E>> | FallbackOf<EventHandlerLike<E>>;

export interface EventBindOptions<E> {
  /**
   * Events with the same key reach this handler one after another, in the order of emission, over the whole
   * mediator; different keys run in parallel (rule E7). An event whose key is `undefined` waits for no other.
   */
  readonly orderBy?: (event: E) => unknown;
}

/** A handler as it was bound. */
export interface EventBinding {
  readonly eventClass: AbstractClass<DomainEvent>;
  readonly handler: unknown;
  readonly orderBy: ((event: never) => unknown) | undefined;
}

/** Which handlers handle which event. */
export class EventMap {
  readonly #bindings: EventBinding[] = [];

  /**
   * Binds a handler to an event class and to all classes that extend it. Handlers start in the order of binding.
   *
   * @throws {InvalidEventError} the class is no domain event's; a notification event goes to the message broker.
   * @throws {WrongHandlerKindError} the handler is one for requests.
   * @throws {InvalidHandlerError} the handler is none.
   */
  bind<EventClass extends AbstractClass<DomainEvent>>(
    eventClass: EventClass,
    handler: EventHandlerFor<InstanceType<EventClass>>,
    options: EventBindOptions<InstanceType<EventClass>> = {},
  ): this {
    const isDomainEvent =
      typeof eventClass === "function" &&
      (eventClass === (DomainEvent as unknown) || eventKind(eventClass.prototype) === "domain");
    if (!isDomainEvent) throw new InvalidEventError(eventClass, "EventMap.bind");
    const kind = handlerKind(handler);
    if (kind === "stream" || isForRequests(handler)) {
      throw new WrongHandlerKindError(
        `${describe(handler)} ${kind === "stream" ? "streams" : "handles requests"} and cannot handle the event ` +
          `${nameOf(eventClass)}. Write an EventHandler, or a function that returns when it is done.`,
        describe(handler),
        eventClass.name,
      );
    }
    if (typeof options !== "object" || options === null) {
      throw new InvalidOptionError("EventMap.bind options", options, "an object");
    }
    const { orderBy } = options;
    if (orderBy !== undefined && typeof orderBy !== "function") {
      throw new InvalidOptionError("EventMap.bind orderBy", orderBy, "a function from an event to its key");
    }
    this.#bindings.push({ eventClass, handler, orderBy });
    return this;
  }

  /** All bindings, in the order they were made. */
  get bindings(): readonly EventBinding[] {
    return this.#bindings;
  }
}
