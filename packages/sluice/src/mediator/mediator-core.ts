import { classNameOf, describe } from "../errors/describe.js";
import { EventEmitter } from "../events/event-emitter.js";
import type { EventHandlingError } from "../events/event-errors.js";
import type { EventMap } from "../events/event-map.js";
import { EventProcessor } from "../events/event-processor.js";
import { closeRun } from "../handlers/close-run.js";
import type {
  ContextMediator,
  DispatchOptions,
  ItemStream,
  StreamOptions,
} from "../handlers/context-mediator.js";
import { Dispatch } from "../handlers/dispatch.js";
import { DispatchList } from "../handlers/dispatch-list.js";
import { InvalidEventError, NoBrokerError } from "../handlers/handler-errors.js";
import type { Named } from "../handlers/handler-run.js";
import { createLineageTracker, type Lineage, type LineageTracker } from "../handlers/lineage.js";
import { consoleLogger, guardLogger } from "../handlers/logger.js";
import type { Runtime, ScopeMode } from "../handlers/runtime.js";
import type { DomainEvent } from "../messages/domain-event.js";
import { type Event, eventKind } from "../messages/event.js";
import { isRequest, type Request } from "../messages/request.js";
import { layersOf } from "../middleware/onion.js";
import { abortable } from "../requests/abortable.js";
import { RequestDispatcher } from "../requests/request-dispatcher.js";
import { cannotAnswer, InvalidRequestError, NoHandlerError } from "../requests/request-errors.js";
import type { RequestMap } from "../requests/request-map.js";
import { RequestStream } from "../requests/request-stream.js";
import { StreamingDispatcher } from "../requests/streaming-dispatcher.js";
import { withinGrace } from "../requests/within-grace.js";
import { type BoundRequest, bindRequests, cannotStream } from "./bind-requests.js";
import type { BootstrapOptions } from "./bootstrap-options.js";
import { checkDispatchOptions } from "./check-dispatch-options.js";
import { LineageMediator } from "./lineage-mediator.js";
import type { Mediator } from "./mediator.js";
import { MediatorClosedError, StartupError } from "./mediator-errors.js";

const publisher: Named = { name: "publish" };

/** The mediator: looks up what is bound, and hands it to the dispatcher of its kind. */
export class MediatorCore implements Mediator, Runtime {
  readonly container;
  readonly scope: ScopeMode;
  readonly logger;
  readonly hasBroker: boolean;
  readonly lineage: LineageTracker | undefined;
  readonly closeTimeoutMs: number;
  readonly active = new DispatchList();
  readonly events: EventProcessor;
  readonly #emitter: EventEmitter;
  readonly #requests: ReadonlyMap<object, BoundRequest>;
  readonly #sending: RequestDispatcher;
  readonly #streaming: StreamingDispatcher;
  /** Settles when the mediator has started; `undefined` from then on. */
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** It has started, and is not closing. */
  #isOpen = true;

  constructor(options: BootstrapOptions, requests: RequestMap, events: EventMap) {
    const { container, messageBroker, middlewares = [] } = options;
    const logger = guardLogger(options.logger ?? consoleLogger);
    this.container = container;
    this.scope = options.scope ?? (container?.createScope ? "handler" : "none");
    this.logger = logger;
    this.hasBroker = messageBroker !== undefined;
    this.lineage = options.reentrancy === "context" ? undefined : createLineageTracker();
    this.closeTimeoutMs = options.closeTimeoutMs ?? 10_000;
    this.#requests = bindRequests(requests, container);
    this.#sending = new RequestDispatcher(layersOf(middlewares, "request"));
    this.#streaming = new StreamingDispatcher(layersOf(middlewares, "stream"));
    const layers = layersOf<Promise<unknown>>(middlewares, "event");
    this.#emitter = new EventEmitter({ bindings: events.bindings, container, messageBroker, layers, logger });
    this.events = new EventProcessor(this.#emitter, {
      maxConcurrentEventHandlers: options.maxConcurrentEventHandlers ?? 10,
      concurrentEventHandleEnable: options.concurrentEventHandleEnable ?? true,
      maxFollowUpDepth: options.maxFollowUpDepth ?? 100,
      onEventError: options.onEventError ?? "throw",
      onEventSettled: options.onEventSettled,
      logger,
    });
    if (options.onStartup !== undefined) this.#start(options.onStartup);
  }

  #start(onStartup: () => unknown): void {
    this.#isOpen = false;
    this.#starting = (async () => onStartup())().then(
      () => {
        this.#starting = undefined;
        this.#isOpen = this.#closing === undefined;
      },
      (error) => {
        throw new StartupError(error);
      },
    );
    // Every dispatch reports it; nobody has to listen before the first.
    this.#starting.catch(() => {});
  }

  send<R>(request: Request<R>, options?: DispatchOptions): Promise<R> {
    return this.sendFrom(this.lineage?.current, request, options);
  }

  stream<R>(request: Request<R>, options?: StreamOptions): ItemStream<R> {
    return this.streamFrom(this.lineage?.current, request, options);
  }

  publish(event: Event, options?: DispatchOptions): Promise<void> {
    return this.publishFrom(this.lineage?.current, event, options);
  }

  handles(message: Request<unknown> | DomainEvent): boolean {
    return this.#lookUp(message) !== undefined || this.#emitter.isBound(message);
  }

  streams(request: Request<unknown>): boolean {
    return this.#lookUp(request)?.answers === false;
  }

  mediatorFor(lineage: Lineage): ContextMediator {
    return new LineageMediator(this, lineage);
  }

  sendFrom<R>(parent: Lineage | undefined, request: Request<R>, options?: DispatchOptions): Promise<R> {
    const bound = this.#lookUp(request);
    // The way of most requests, kept short so that the compiler makes one piece of it.
    if (bound?.answers && options === undefined && parent === undefined && this.#isOpen) {
      const dispatch = new Dispatch(this, request, bound.handler, undefined, undefined, undefined);
      this.active.add(dispatch);
      return this.#sending.dispatch(dispatch) as Promise<R>;
    }
    return this.#sendWithCare(parent, request, options) as Promise<R>;
  }

  async #sendWithCare(
    parent: Lineage | undefined,
    request: Request<unknown>,
    options: DispatchOptions | undefined,
  ): Promise<unknown> {
    if (options !== undefined) checkDispatchOptions(options, "send");
    const { answers, handler } = this.#find(request, "send");
    if (!answers) throw cannotAnswer(handler.name, describe(request));
    const dispatch = new Dispatch(this, request, handler, parent, options, undefined);
    return this.#whenStarted(dispatch, () => this.#sending.dispatch(dispatch));
  }

  streamFrom<R>(parent: Lineage | undefined, request: Request<R>, options?: StreamOptions): ItemStream<R> {
    if (options !== undefined) checkDispatchOptions(options, "stream");
    const { streams, handler } = this.#find(request, "stream");
    if (!streams) throw cannotStream(handler.name, describe(request));
    const prepared = this.#streaming.prepare(handler, options?.readAhead ?? 0);
    const dispatch = new Dispatch(this, request, prepared, parent, options, undefined);
    return new RequestStream(dispatch, () => this.#admit(dispatch)) as ItemStream<unknown> as ItemStream<R>;
  }

  async publishFrom(parent: Lineage | undefined, event: Event, options?: DispatchOptions): Promise<void> {
    if (options !== undefined) checkDispatchOptions(options, "publish");
    const kind = eventKind(event);
    if (kind === undefined) throw new InvalidEventError(event, "publish");
    if (kind === "notification" && !this.hasBroker) throw new NoBrokerError(event);
    const dispatch = new Dispatch(this, event, publisher, parent, options, undefined);
    return this.#whenStarted(dispatch, () => this.#publish(event, dispatch));
  }

  async #publish(event: Event, dispatch: Dispatch): Promise<void> {
    const error = await new Promise<EventHandlingError | undefined>((resolve) => {
      this.events.process([event], dispatch, undefined, resolve);
    });
    await closeRun(dispatch, error && { error });
    if (error !== undefined) throw error;
  }

  #lookUp(request: unknown): BoundRequest | undefined {
    if (typeof request !== "object" || request === null) return undefined;
    return this.#requests.get(Object.getPrototypeOf(request));
  }

  #find(request: Request<unknown>, method: string): BoundRequest {
    const bound = this.#lookUp(request);
    if (bound !== undefined) return bound;
    throw isRequest(request) ? new NoHandlerError(request) : new InvalidRequestError(request, method);
  }

  /** Lets a dispatch in, so that `close()` awaits it; what a handler under way sends is let in to the end. */
  #admit(dispatch: Dispatch): Promise<void> | undefined {
    if (this.#closing !== undefined && !dispatch.parent?.dispatch.isUnderWay) {
      throw new MediatorClosedError(dispatch.message);
    }
    const { aborted } = dispatch;
    if (aborted !== undefined) throw aborted.error;
    this.active.add(dispatch);
    return this.#starting;
  }

  /** Begins a dispatch when the mediator has started; a caller that aborts does not wait for that either. */
  #whenStarted<T>(dispatch: Dispatch, begin: () => Promise<T>): Promise<T> {
    const starting = this.#admit(dispatch);
    if (starting === undefined) return abortable(dispatch, begin);
    return abortable(dispatch, async () => {
      try {
        await starting;
        if (dispatch.aborted !== undefined) throw dispatch.aborted.error;
      } catch (error) {
        dispatch.leave();
        throw error;
      }
      return begin();
    });
  }

  close(): Promise<void> {
    this.#isOpen = false;
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #drain(): Promise<void> {
    const stillRunning = () => {
      const running = this.active.toArray().filter((dispatch) => !dispatch.isWithin);
      return running.map(({ message }) => classNameOf(message));
    };
    try {
      await withinGrace(this.active.empty(), this.closeTimeoutMs, stillRunning);
    } catch (error) {
      for (const dispatch of this.active.toArray()) dispatch.abort(error);
      throw error;
    }
  }
}
